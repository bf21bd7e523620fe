import type { ApiRule } from "../../control/client/types.ts";
import { withoutView } from "../../control/rules/without_view.ts";
import { printable } from "../../core/errors.ts";
import { parseRule, type RuleDraft } from "../../rules/parse_rule.ts";
import { formatWhen } from "../../rules/when.ts";
import type { WantedRule } from "./wanted_rules.ts";

/** The label that says which file or folder a rule is from. */
export const SET_LABEL = "from-file";

/** What is to be done about one rule. */
export interface PlannedChange {
  /** `remake`: its symbol changes, so it is deleted and made again; `leave`: no longer in the file, and not pruned. */
  readonly type: "make" | "change" | "remake" | "delete" | "leave";
  readonly id: string;
  /** What it is, or what becomes of it, in words. */
  readonly words: string;
  readonly wanted?: WantedRule;
}

/** What brings the rules in force to what the files say. */
export interface RulePlan {
  /** The name that the rules' label has. */
  readonly set: string;
  readonly changes: readonly PlannedChange[];
  /** Rules that are as the files say. */
  readonly unchanged: number;
  /** What is odd without being wrong: `line 3, expiresAt: …`. */
  readonly warnings: readonly string[];
}

/** What the API would do with a rule of the files. */
export interface Foreseen {
  readonly wanted: WantedRule;
  readonly status: "created" | "replaced" | "unchanged" | "symbol_fixed";
  /** The rule as it stands, where it is to be changed. */
  readonly standing: ApiRule | undefined;
}

/**
 * The plan: what is new is made, what differs is changed, what the set owns and the files no longer have is deleted
 * (`prune`) or left.
 */
export function planOf(given: {
  readonly set: string;
  readonly foreseen: readonly Foreseen[];
  /** The rules that have the set's label. */
  readonly owned: readonly ApiRule[];
  readonly prune: boolean;
  readonly warnings: readonly string[];
}): RulePlan {
  const { set, foreseen, owned, prune, warnings } = given;
  const changes: PlannedChange[] = [];
  for (const { wanted, status, standing } of foreseen) {
    const { id } = wanted;
    if (status === "created") changes.push({ type: "make", id, words: wordsOf(wanted.value), wanted });
    else if (status === "symbol_fixed") {
      const words = `${differences(standing, wanted.value).join(", ")}: made again`;
      changes.push({ type: "remake", id, words, wanted });
    } else if (status === "replaced") {
      changes.push({ type: "change", id, words: differences(standing, wanted.value).join(", "), wanted });
    }
  }
  const wanted = new Set(foreseen.map((one) => one.wanted.id));
  for (const rule of owned) {
    if (wanted.has(rule.id)) continue;
    const words = `${wordsOf(rule)}: no longer in ${set}`;
    const stays = rule.enabled ? "still in force" : "still there, paused";
    changes.push(
      prune
        ? { type: "delete", id: rule.id, words }
        : { type: "leave", id: rule.id, words: `${words}, ${stays} (--prune deletes it)` },
    );
  }
  const unchanged = foreseen.filter((one) => one.status === "unchanged").length;
  return { set, changes, unchanged, warnings };
}

/** What differs between a rule as it stands and as it is wanted: `value 1000 → 90000000`. */
export function differences(standing: ApiRule | undefined, wanted: unknown): string[] {
  if (standing === undefined) return ["changed"];
  const before = fieldsOf(parseRule(withoutView(standing), { serverFields: "ignore" }));
  const after = fieldsOf(parseRule(withoutView(wanted), { serverFields: "ignore" }));
  const lines: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    lines.push(
      name === `labels.${SET_LABEL}`
        ? `taken over from ${was ?? "the API"}`
        : `${name} ${shown(was)} → ${shown(is)}`,
    );
  }
  return lines;
}

function fieldsOf(draft: RuleDraft): Map<string, unknown> {
  const { labels, id: _id, conditions, ...rest } = draft;
  const fields = new Map<string, unknown>(Object.entries(rest));
  if (draft.kind === "condition") fields.set("when", formatWhen(conditions));
  for (const [name, value] of Object.entries(labels)) fields.set(`labels.${name}`, value);
  const { expiresAt } = draft;
  if (expiresAt !== null) fields.set("expiresAt", new Date(expiresAt).toISOString());
  return fields;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(",");
  return typeof value === "string" ? value : printable(value, 60);
}

/** `005930 target_price gte 71950 → kim@example.com` */
function wordsOf(rule: unknown): string {
  const draft = parseRule(withoutView(rule), { serverFields: "ignore" });
  const { symbol, symbols, market, kind, direction, comparator, value, recipients } = draft;
  const scope = symbol ?? market ?? symbols?.join(",") ?? "";
  const waits = kind === "condition"
    ? formatWhen(draft.conditions)
    : [kind, direction, comparator, value].filter((part) => part !== null).join(" ");
  const condition = `${scope} ${waits}`;
  const [first, ...rest] = recipients;
  return `${condition} → ${first}${rest.length > 0 ? ` and ${rest.length} more` : ""}`;
}
