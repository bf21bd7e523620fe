/**
 * The console in a real browser. Playwright reads files that Deno opens to nothing less than `--allow-all`, so each
 * scenario runs in a process of its own and these tests keep the permissions of the others.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { CHROMIUM } from "../support/chromium.ts";
import { partTest } from "../support/part.ts";

const SCENARIOS = fileURLToPath(new URL("console/scenarios.ts", import.meta.url));

function scenario(name: string, title: string): void {
  partTest(title, CHROMIUM, async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-all", SCENARIOS, name],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    if (success) return;
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    throw new Error(`the scenario ${name} failed:\n${said}`);
  });
}

scenario("ruleToMail", "a rule made in the console fires, is mailed, and is cared for");
scenario("asksForTheKey", "without a key the console asks for it, refuses a wrong one, takes the right one");
scenario("byKeyboard", "the console in English and in the light, used by the keyboard alone");
scenario("onAPhone", "the console on a phone: one view at a time, none too wide");
scenario("goneAndBack", "the console says that the server is away, and finds it again");
