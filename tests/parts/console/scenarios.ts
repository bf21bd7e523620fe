/**
 * What a person does at the desk: the console in a real browser, against the real program. All scenarios in one process,
 * with one browser and one program; a line of JSON says how each ended. `../console_test.ts` runs it.
 *
 * @module
 */

import { launchBrowser } from "../../support/browser.ts";
import { startTickbell } from "../../support/tickbell.ts";
import type { Desk } from "./desk.ts";
import { asksForTheKey, byKeyboard, endedReplay, goneAndBack, manyTabs, onAPhone } from "./pages.ts";
import { pushedToWhoSignedIn } from "./push.ts";
import { dragsALine, ruleToMail, twoEditors } from "./rules.ts";

/** In their order; the last ends the program. */
const SCENARIOS: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  ruleToMail,
  asksForTheKey,
  byKeyboard,
  onAPhone,
  twoEditors,
  dragsALine,
  manyTabs,
  endedReplay,
  pushedToWhoSignedIn,
  goneAndBack,
};

/** Runs those that are named, all without a name. */
async function run(names: readonly string[]): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-console-" });
  const tickbell = await startTickbell(dataDir, ["--rate", "300", "--seed", "5"]);
  const browser = await launchBrowser();
  try {
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const error = await scenario({ tickbell, browser, dataDir })
        .then(
          () => "",
          (thrown) => thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
        );
      console.log(JSON.stringify({ name, error }));
    }
  } finally {
    await browser.close();
    await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

await run(Deno.args);
