import { fileURLToPath } from "node:url";
import { findProgram, type PartTest } from "./part.ts";

/** Chromium, from TICKBELL_TEST_CHROMIUM or this machine's programs. */
export const CHROMIUM: PartTest = {
  part: "Chromium",
  missing: async () =>
    await chromiumPath() === undefined
      ? "apt-get install chromium, or name its program in TICKBELL_TEST_CHROMIUM"
      : undefined,
};

/** Where the browser is; undefined when there is none. */
export async function chromiumPath(): Promise<string | undefined> {
  return Deno.env.get("TICKBELL_TEST_CHROMIUM") ??
    await findProgram("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome");
}

/** What drives a browser. Its packages are large: they have a configuration of their own and are fetched when it runs. */
const SCENARIOS = fileURLToPath(new URL("../parts/browser/", import.meta.url));

/**
 * Runs a module of `tests/parts/browser`. Playwright reads files that Deno opens to nothing less than `--allow-all`: it has a
 * process of its own, so that the tests keep their permissions.
 */
export async function runInBrowser(
  module: string,
  args: readonly string[] = [],
): Promise<{ success: boolean; out: string; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-all",
      "--frozen",
      "--config",
      `${SCENARIOS}deno.json`,
      `${SCENARIOS}${module}`,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const out = text.decode(stdout);
  return { success, out, said: `${out}${text.decode(stderr)}` };
}
