/**
 * The console in a real browser. Playwright reads files that Deno opens to nothing less than `--allow-all`, so the
 * scenarios run in a process of their own and this test keeps the permissions of the others.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { CHROMIUM } from "../support/chromium.ts";
import { partTest } from "../support/part.ts";

const SCENARIOS = fileURLToPath(new URL("console/scenarios.ts", import.meta.url));

const TITLES: Readonly<Record<string, string>> = {
  ruleToMail: "a rule made in the console fires, is mailed, and is looked after",
  asksForTheKey: "without a key the console asks for it, refuses a wrong one, takes the right one",
  byKeyboard: "in English and in the light, by the keyboard alone; axe finds nothing",
  onAPhone: "on a phone: one view at a time, none too wide",
  twoEditors: "two who change a rule at once: the second is shown both",
  dragsALine: "a line of the chart is dragged and changes its rule",
  manyTabs: "five tabs are live; what fired while a page was away is said",
  endedReplay: "a replay at its end says so; no price without a trade",
  pushedToWhoSignedIn:
    "who signs in by a mailed link makes a rule and is pushed its alert; the worker shows it",
  goneAndBack: "it says that the server is away, and finds it again",
};

partTest("the console in a real browser", CHROMIUM, async (t) => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-all", SCENARIOS],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  const ended = new Map(lines.map((line) => JSON.parse(line)).map(({ name, error }) => [name, error]));
  for (const [name, title] of Object.entries(TITLES)) {
    await t.step(title, () => {
      const error = ended.get(name) ?? `it did not run:\n${new TextDecoder().decode(stderr)}`;
      if (error !== "") throw new Error(error);
    });
  }
});
