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
