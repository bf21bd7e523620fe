import { symbolsOf } from "../../rules/rule.ts";
import { writtenCondition } from "../../rules/read_conditions.ts";
import type { RuleDraft } from "../../rules/parse_rule.ts";
import type { Shorthand } from "../../rules/shorthand.ts";
import { formatWhen } from "../../rules/when.ts";
import type { ShownRule, TriedRule } from "../api/types.ts";

/** Which rules are listed, by how they are. */
export const RULE_STATES = ["all", "active", "paused", "expired"] as const;
export type RuleState = typeof RULE_STATES[number];

export const RULE_SORTS = ["newest", "symbol", "nearest"] as const;
export type RuleSort = typeof RULE_SORTS[number];

/** How a rule is at a time, epoch ms. */
export function stateOf(
  rule: Pick<ShownRule, "enabled" | "expiresAt">,
  now: number,
): Exclude<RuleState, "all"> {
  if (rule.expiresAt !== null && rule.expiresAt <= now) return "expired";
  return rule.enabled ? "active" : "paused";
}

export interface DeskQuery {
  readonly search: string;
  readonly state: RuleState;
  readonly sort: RuleSort;
  /** `name=value`; "" for any. */
  readonly label: string;
  readonly now: number;
  /** The text that a search looks in. */
  readonly textOf: (rule: ShownRule) => string;
  readonly nameOf: (rule: ShownRule) => string;
  /** How far a rule's price is from the market, per cent; undefined where it cannot be said. */
  readonly distanceOf: (rule: ShownRule) => number | undefined;
}

/** The rules that are listed, in their order. */
export function deskRules(rules: readonly ShownRule[], query: DeskQuery): ShownRule[] {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rules.filter((rule) => {
    if (query.state !== "all" && stateOf(rule, query.now) !== query.state) return false;
    if (query.label !== "" && !labelsOf(rule).includes(query.label)) return false;
    const text = words.length === 0 ? "" : query.textOf(rule).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (query.sort === "symbol") {
    return found.sort((a, b) => query.nameOf(a).localeCompare(query.nameOf(b), "ko"));
  }
  if (query.sort === "nearest") {
    const far = (rule: ShownRule) => query.distanceOf(rule) ?? Infinity;
    const distances = new Map(found.map((rule) => [rule, far(rule)]));
    return found.sort((a, b) => distances.get(a)! - distances.get(b)!);
  }
  return found;
}

/** A rule's labels as they are shown and typed: `team=desk-1`. */
export function labelsOf({ labels }: Pick<ShownRule, "labels">): string[] {
  return Object.entries(labels).map(([name, value]) => value === "" ? name : `${name}=${value}`);
}

/** How far the nearest price of a rule for one symbol is from the market, per cent. */
export function distanceOf(rule: ShownRule, price: number | undefined): number | undefined {
  if (price === undefined || price <= 0 || symbolsOf(rule).length !== 1) return undefined;
  const prices = rule.conditions.filter(({ measure }) => measure === "price").map(({ value }) => value);
  if (prices.length === 0) return undefined;
  return Math.min(...prices.map((value) => Math.abs(value - price) / price * 100));
}

/** A rule as it is tried on recorded trades. */
export function triedRule(rule: ShownRule): TriedRule {
  const { on, repeat, sessions, maxAlertsPerDay, recipients, conditions } = rule;
  return {
    ...targetOf(rule),
    when: formatWhen(conditions),
    on,
    repeat,
    sessions: sessions && [...sessions],
    maxAlertsPerDay,
    recipients: [...recipients],
  };
}

function targetOf({ symbol, symbols, market }: ShownRule): Pick<TriedRule, "symbol" | "symbols" | "market"> {
  if (symbol !== null) return { symbol };
  return symbols !== null ? { symbols: [...symbols] } : { market: market! };
}

/** What a rule is made of, but for its target and the shorthand of its conditions: none can be forgotten. */
type Given = Exclude<keyof RuleDraft, "symbol" | "symbols" | "market" | keyof Shorthand>;

/** A rule as it is made again under its own id: for what was deleted to come back. */
export function madeAgain(rule: ShownRule): Record<string, unknown> {
  const { id, on, repeat, sessions, maxAlertsPerDay, recipients } = rule;
  const { channels, locale, note, labels, enabled, expiresAt, conditions } = rule;
  return {
    id,
    ...targetOf(rule),
    conditions: conditions.map(writtenCondition),
    on,
    repeat,
    sessions,
    maxAlertsPerDay,
    recipients,
    channels,
    locale,
    note,
    labels,
    enabled,
    expiresAt,
  } satisfies Record<Given, unknown>;
}
