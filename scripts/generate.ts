/**
 * Writes every file that is generated from a table of the sources, or says which are out of date.
 *
 *     deno task generate [--check]
 *
 * @module
 */
import { asyncApiFiles } from "./generate/asyncapi.ts";
import { chartSchemaFiles } from "./generate/chart_schemas.ts";
import { cliFiles } from "./generate/cli.ts";
import { dashboardFiles } from "./generate/dashboards.ts";
import { reliabilityFiles } from "./generate/reliability.ts";
import { ruleDocFiles } from "./generate/rule_docs.ts";
import { settingFiles } from "./generate/settings.ts";

const ROOT = new URL("../", import.meta.url);

/** What makes files: each answers them by their path from the project's root. */
const GENERATORS: readonly (() => ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>)[] = [
  settingFiles,
  cliFiles,
  asyncApiFiles,
  chartSchemaFiles,
  dashboardFiles,
  ruleDocFiles,
  reliabilityFiles,
];

/** @returns what has to be written so that everything is up to date, by path. */
export async function outOfDate(): Promise<Map<string, string>> {
  const stale = new Map<string, string>();
  for (const generator of GENERATORS) {
    for (const [path, text] of await generator()) {
      if (await Deno.readTextFile(new URL(path, ROOT)).catch(() => "") !== text) stale.set(path, text);
    }
  }
  return stale;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  const stale = await outOfDate();
  for (const [path, text] of stale) {
    if (check) console.error(`${path} is out of date: deno task generate`);
    else await Deno.writeTextFile(new URL(path, ROOT), text);
  }
  if (check && stale.size > 0) Deno.exit(1);
}
