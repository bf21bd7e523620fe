/**
 * The first hour by the command line alone and by the API alone: the scripts of tests/journeys, as people would run them.
 * By the console alone it is `readmeTour` of tests/parts/browser/tour.ts, which console_test.ts runs.
 *
 * @module
 */
import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/influxd.ts";
import { findProgram, partTest } from "../support/part.ts";
import { startTickbell } from "../support/tickbell.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NEED = {
  part: "curl and jq",
  missing: async () =>
    await findProgram("curl") === undefined || await findProgram("jq") === undefined
      ? "Install curl and jq (Debian: apt install curl jq)."
      : undefined,
};

async function play(script: string, given: { folder: string; env: Record<string, string> }): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [`${ROOT}tests/journeys/${script}`],
    cwd: given.folder,
    env: given.env,
    signal: AbortSignal.timeout(240_000),
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
  expect(said).toContain("the first hour is over");
}

partTest("the first hour by the command line alone", NEED, async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-journey-" });
  try {
    await Deno.mkdir(`${folder}/bin`);
    const program = `#!/bin/sh\nexec "${Deno.execPath()}" run -q -A "${ROOT}src/cli/tickbell.ts" "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/tickbell`, program, { mode: 0o755 });
    const path = `${folder}/bin:${Deno.env.get("PATH")}`;
    await play("first_hour_cli.sh", { folder, env: { PATH: path, TICKBELL_PORT: String(freePort()) } });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

partTest("the first hour by the API alone", NEED, async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-journey-" });
  const running = await startTickbell(`${folder}/data`, ["--rate", "200"]);
  try {
    await play("first_hour_api.sh", { folder, env: { API: running.url, KEY: running.apiKey } });
  } finally {
    await running.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
