import type { Finding } from "../../adapters/sqlite/verify.ts";
import { clientSettings } from "../../config/client.ts";
import { commonSettings } from "../../config/common.ts";
import { EXIT } from "../api_command.ts";
import { command } from "../command.ts";
import { table } from "../table.ts";

/** Checks a data directory that is not in use. */
export const verifyCommand = command({
  name: "verify",
  summary: "Check a data directory: every record of its log, its rules, its prices; while nothing uses it",
  settings: { dataDir: commonSettings.dataDir, json: clientSettings.json },
  examples: ["tickbell verify", "tickbell verify --data-dir /var/lib/tickbell"],
  async run({ config, out }) {
    const { verifyLog, verifySeries } = await import("../../adapters/sqlite/verify.ts");
    const findings = [
      ...verifyLog(`${config.dataDir}/events.db`),
      ...verifySeries(`${config.dataDir}/series.db`),
      await verifyKey(`${config.dataDir}/api-key`),
    ];
    if (config.json) out(JSON.stringify({ ok: findings.every(({ ok }) => ok), findings }));
    else {
      const rows = findings.map(({ part, ok, detail }) => [ok ? "ok" : "BAD", part, detail]);
      for (const line of table(["", "PART", "FOUND"], rows)) out(line);
    }
    return findings.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  },
});

async function verifyKey(path: string): Promise<Finding> {
  const part = "API key";
  try {
    const { mode } = await Deno.stat(path);
    const key = (await Deno.readTextFile(path)).trim();
    if (key === "") {
      return { part, ok: false, detail: "is empty: remove the file, the next start makes a new one" };
    }
    if (mode !== null && (mode & 0o077) !== 0) {
      return { part, ok: false, detail: `may be read by others: chmod 600 ${path}` };
    }
    return { part, ok: true, detail: "there, its owner's alone" };
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return { part, ok: true, detail: "none: the next start makes one" };
  }
}
