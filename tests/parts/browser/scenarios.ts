/**
 * What a person does at the desk: the console in a real browser, against the real program. All scenarios in one process,
 * with one browser; a line of JSON says how each ended. `../console_test.ts` runs it.
 *
 * @module
 */

import { launchBrowser } from "./browser.ts";
import { startTickbell } from "../../support/tickbell.ts";
import { asleepForMinutes, goneAndBack, manyTabs } from "./away.ts";
import type { Desk } from "./desk.ts";
import { everyView } from "./every_view.ts";
import { closedMarket, deadAndEnded } from "./feed.ts";
import { atFullSpeed } from "./full_speed.ts";
import { watchLists } from "./lists.ts";
import { asksForTheKey, inEnglish, onAPhone, readsOnly } from "./pages.ts";
import { pushedFromAPage, pushedToWhoSignedIn } from "./push.ts";
import { dragsALine, rulesDesk, twoEditors } from "./rules.ts";
import { byKeyboard, readmeTour } from "./tour.ts";

/** What it answers is what it measured. */
type Scenario = (desk: Desk) => Promise<string | void>;
type Scenarios = Readonly<Record<string, Scenario>>;

/**
 * One after the other: what is in one step runs at once, each list in its order. `byKeyboard` opens the newest mail: after
 * `readmeTour`, whose mails have come by then. The last ends the program.
 */
const STEPS: readonly (readonly Scenarios[])[] = [
  // Most of these wait for time to pass, on programs of their own.
  [
    { atFullSpeed, everyView },
    { deadAndEnded, pushedFromAPage },
    { asleepForMinutes, pushedToWhoSignedIn },
    { closedMarket },
  ],
  [
    { readmeTour, asksForTheKey, inEnglish, onAPhone, readsOnly, byKeyboard },
    { twoEditors, rulesDesk, dragsALine },
    { manyTabs, watchLists },
  ],
  [{ goneAndBack }],
];

/** Runs those that are named, all without a name. */
async function run(names: readonly string[]): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-console-" });
  const browser = await launchBrowser();
  const starts = ["--rate", "300", "--seed", "5"];
  const tickbell = await startTickbell(dataDir, starts, {}, { terminal: true });
  const desk = { tickbell, browser, dataDir };
  try {
    for (const step of STEPS) {
      await Promise.all(step.map(async (list) => {
        for (const [name, scenario] of Object.entries(list)) {
          if (names.length === 0 || names.includes(name)) await report(name, scenario, desk);
        }
      }));
    }
  } finally {
    await browser.close();
    await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function report(name: string, scenario: Scenario, desk: Desk): Promise<void> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  try {
    const measured = await scenario(desk);
    console.log(JSON.stringify({ name, error: "", seconds: seconds(), ...measured && { measured } }));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
    console.log(JSON.stringify({ name, error, seconds: seconds() }));
  }
}

await run(Deno.args);
