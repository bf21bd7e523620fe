import type { ControlClient } from "../../control/client/client.ts";
import { itemsOf } from "../../control/client/items_of.ts";
import { unlessRefused } from "../../control/client/refusal.ts";
import type { ApiImportLine, ApiRule } from "../../control/client/types.ts";
import { type InputIssue, OutsideError } from "../../core/errors.ts";
import { type Foreseen, planOf, type RulePlan, SET_LABEL } from "./rule_plan.ts";
import { refusedRules, type WantedRule, wantedRules } from "./wanted_rules.ts";

/** Rules of one import, at most as many as the API takes. */
const IMPORT_LINES = 50_000;

/**
 * What would bring the rules in force to what a file or folder says. Nothing is done.
 *
 * @throws {InputError} code `bad_rule_file`: a rule is refused, with its place.
 */
export async function planRules(
  api: ControlClient,
  given: { readonly path: string; readonly set: string; readonly prune: boolean },
): Promise<RulePlan> {
  const { path, set, prune } = given;
  const wanted = await wantedRules(path, set);
  const owned = await ownedBy(api, set);
  const { foreseen, warnings } = await foresee(api, wanted, owned);
  return planOf({ set, foreseen, owned, prune, warnings });
}

/**
 * Carries a plan out: what is new or changed first, so that no rule that stays is out of force for long, then what goes.
 *
 * @throws {OutsideError} `cut_off`; applied again it goes on.
 */
export async function carryOut(api: ControlClient, { changes }: RulePlan): Promise<void> {
  const ids = (...types: string[]) => changes.filter(({ type }) => types.includes(type)).map(({ id }) => id);
  const made = changes.flatMap(({ type, wanted }) =>
    (type === "make" || type === "change" || type === "remake") && wanted !== undefined ? [wanted] : []
  );
  await remove(api, ids("remake"));
  for (const chunk of chunksOf(made)) {
    const results = await importRules(api, chunk.map(({ value }) => value), {
      mode: "replace",
      atomic: true,
    });
    refuseAny(results.map((line, index) => ({ line, wanted: chunk[index]! })));
  }
  await remove(api, ids("delete"));
}

async function remove(api: ControlClient, ids: readonly string[]): Promise<void> {
  for (const chunk of chunksOf(ids)) await importRules(api, chunk, { mode: "delete" });
}

async function ownedBy(api: ControlClient, set: string): Promise<readonly ApiRule[]> {
  // A name may have what the filter takes for a separator: the filter narrows, the label decides.
  const label = /[,=]/.test(set) ? SET_LABEL : `${SET_LABEL}=${set}`;
  const { items } = await itemsOf(Infinity, (page) => api.rules({ label, ...page }));
  return items.filter((rule) => rule.labels[SET_LABEL] === set);
}

async function foresee(
  api: ControlClient,
  wanted: readonly WantedRule[],
  owned: readonly ApiRule[],
): Promise<{ readonly foreseen: readonly Foreseen[]; readonly warnings: readonly string[] }> {
  const standing = new Map(owned.map((rule) => [rule.id, rule]));
  const foreseen: Foreseen[] = [];
  const warnings: string[] = [];
  for (const chunk of chunksOf(wanted)) {
    const lines = await importRules(api, chunk.map(({ value }) => value), { mode: "replace", dryRun: true });
    const results = lines.map((line, index) => ({ line, wanted: chunk[index]! }));
    refuseAny(results.filter(({ line }) => !isSymbolFixed(line)));
    for (const { line, wanted } of results) {
      for (const { field, reason } of line.warnings ?? []) {
        warnings.push(`${wanted.path}: ${wanted.place}, ${field}: ${reason}`);
      }
      const status = isSymbolFixed(line)
        ? "symbol_fixed"
        : line.status as "created" | "replaced" | "unchanged";
      const differs = status === "replaced" || status === "symbol_fixed";
      const before = differs
        ? standing.get(wanted.id) ?? await unlessRefused([404], () => api.rule(wanted.id))
        : undefined;
      foreseen.push({ wanted, status, standing: before });
    }
  }
  return { foreseen, warnings };
}

function isSymbolFixed({ errors = [] }: ApiImportLine): boolean {
  return errors.length === 1 && errors[0]!.code === "symbol_fixed";
}

/** @throws {InputError} when any result is a refusal. */
function refuseAny(results: readonly { readonly line: ApiImportLine; readonly wanted: WantedRule }[]): void {
  const faults = results.flatMap(({ line, wanted }) =>
    (line.errors ?? []).map(({ field, ...issue }: InputIssue) => ({
      rule: wanted,
      field: field.replace(/^line \d+\.?/, ""),
      issue,
    }))
  );
  if (faults.length > 0) throw refusedRules(faults);
}

/**
 * Imports what is at most one import, and answers the results in the order of the lines.
 *
 * @throws {OutsideError} `cut_off`
 */
export async function importRules(
  api: ControlClient,
  items: readonly unknown[],
  how: { mode: string; atomic?: boolean; dryRun?: boolean },
): Promise<readonly ApiImportLine[]> {
  if (items.length === 0) return [];
  const content = new TextEncoder().encode(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  const results: ApiImportLine[] = [];
  let done = false;
  for await (const line of api.importRules(content, { format: "ndjson", ...how })) {
    if (line.error !== undefined) throw cutOff(line.error.detail);
    if (line.summary !== undefined) done = true;
    else results.push(line);
  }
  if (!done) throw cutOff("The answer of the API ended early");
  return results.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function cutOff(detail: string): OutsideError {
  return new OutsideError("cut_off", `${detail}: apply the rules again`, { retryable: true });
}

function* chunksOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += IMPORT_LINES) yield items.slice(at, at + IMPORT_LINES);
}
