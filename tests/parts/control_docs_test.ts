/**
 * The reference at /docs in a real browser, in a process of its own as the console's scenarios are.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { CHROMIUM } from "../support/chromium.ts";
import { partTest } from "../support/part.ts";

partTest("/docs shows every route, asks nothing outside, and its forms get answers", CHROMIUM, async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-all",
      fileURLToPath(new URL("docs/in_a_browser.ts", import.meta.url)),
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  throw new Error([stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(""));
});
