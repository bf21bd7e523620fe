import type { SymbolDirectory } from "../../market/directory.ts";
import { symbolWarnings } from "../../market/symbol_warnings.ts";
import { outOfReach, type Threshold } from "../../market/reach.ts";
import type { SymbolReference } from "../../market/reference.ts";
import type { Condition } from "../../rules/condition.ts";
import { type ChannelName, channelOf } from "../../rules/channels.ts";
import { MEASURES, needOf } from "../../rules/measures.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { formatCondition } from "../../rules/when.ts";

/** What is odd about a rule without being wrong. */
export interface RuleWarning {
  readonly field: string;
  readonly code: string;
  readonly reason: string;
}

/**
 * A symbol that an incomplete list of symbols does not have may be a slip of the pen; a value outside of what the symbol
 * may trade at is not reached; a rule that has expired cannot fire. The rule is taken, but perhaps it is not as it was
 * meant. A price between two ticks is none of these: mid-price orders trade there (KRX and NXT, since March 2025).
 */
export function ruleWarnings(
  rule: Rule,
  { directory, now, idleChannels = new Map() }: {
    readonly directory: SymbolDirectory;
    readonly now: number;
    readonly idleChannels?: ReadonlyMap<ChannelName, string>;
  },
): readonly RuleWarning[] {
  return [
    ...expiryWarnings(rule, now),
    ...conditionWarnings(rule, directory),
    ...priceWarnings(rule, directory),
    ...channelWarnings(rule, idleChannels),
  ];
}

/** Recipients whose channel does not work here: what is for them would become dead letters. */
function channelWarnings(
  { recipients, channels }: Rule,
  idle: ReadonlyMap<ChannelName, string>,
): readonly RuleWarning[] {
  return recipients.flatMap((recipient, index) => {
    const channel = channelOf(recipient);
    const why = channels.includes(channel) ? idle.get(channel) : undefined;
    if (why === undefined) return [];
    const reason = `is reached by ${channel}, which does not work here: ${why}`;
    return [{ field: `recipients[${index}]`, code: "channel_idle", reason }];
  });
}

/** Seconds since 1970 given for milliseconds are a day in January 1970; the rule would never fire. */
function expiryWarnings({ expiresAt }: Rule, now: number): readonly RuleWarning[] {
  if (expiresAt === null || expiresAt > now) return [];
  const seconds = expiresAt < now / 100 ? "; seconds were given, milliseconds are wanted" : "";
  const reason = `${new Date(expiresAt).toISOString()} is past: the rule cannot fire${seconds}`;
  return [{ field: "expiresAt", code: "expired", reason }];
}

function priceWarnings(rule: Rule, directory: SymbolDirectory): readonly RuleWarning[] {
  const { symbol } = rule;
  if (symbol === null) return [];
  const listed = directory.get(symbol);
  if (listed === undefined) {
    const reason = "is not among the symbols known here; find a code by its name: GET /v1/symbols?q=NAME";
    return [{ field: "symbol", code: "unlisted_symbol", reason }];
  }
  const reference = directory.reference(symbol);
  const states = reference === undefined
    ? []
    : symbolWarnings(reference).map((warning) => ({ field: "symbol", ...warning }));
  return [...states, ...(reference === undefined ? [] : reachWarnings(rule, reference))];
}

/** Conditions that no trade can meet together, and measures that nothing is known for. */
function conditionWarnings(rule: Rule, directory: SymbolDirectory): readonly RuleWarning[] {
  const { conditions } = rule;
  const field = (at: number) => rule.kind === "condition" ? `conditions[${at}]` : "value";
  const warnings: RuleWarning[] = [];
  conditions.forEach((condition, at) => {
    const other = conditions.slice(0, at).find((earlier) => excludes(earlier, condition));
    if (other !== undefined) {
      const reason = `cannot hold together with ${formatCondition(other)}: the rule cannot fire`;
      warnings.push({ field: field(at), code: "never_together", reason });
    }
    const unknown = needOf(condition) === "reference" &&
      symbolsOf(rule).find((symbol) => (directory.reference(symbol)?.candles.length ?? 0) === 0);
    if (unknown) {
      const reason =
        `${formatCondition(condition)} needs the daily candles of ${unknown}, which are not known: ` +
        "tickbell reference update";
      warnings.push({ field: field(at), code: "no_history", reason });
    }
  });
  return warnings;
}

/** Whether two conditions on one measure leave no value for both. */
function excludes(one: Condition, other: Condition): boolean {
  if (one.measure !== other.measure || String(one.params) !== String(other.params)) return false;
  const [low, high] = [one, other].map(rangeOf) as [Range, Range];
  return Math.max(low.from, high.from) > Math.min(low.to, high.to);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The whole units for which a condition holds. */
function rangeOf({ comparator, value }: Condition): Range {
  switch (comparator) {
    case "gt":
      return { from: value + 1, to: Infinity };
    case "gte":
      return { from: value, to: Infinity };
    case "lt":
      return { from: -Infinity, to: value - 1 };
    case "lte":
      return { from: -Infinity, to: value };
  }
}

/** A value outside of what the symbol may trade at: not today, or never. All conditions must hold, so one is enough. */
function reachWarnings(rule: Rule, reference: SymbolReference): readonly RuleWarning[] {
  return rule.conditions.flatMap((condition, index) => {
    const found = thresholdsOf(condition).map((threshold) => outOfReach(threshold, reference));
    // A condition in either direction is met by one of them.
    if (found.length === 0 || found.includes(undefined)) return [];
    return [{ field: rule.kind === "condition" ? `conditions[${index}].value` : "value", ...found[0]! }];
  });
}

/** What a condition on the price, or on its distance from yesterday's close, compares; one for each direction. */
function thresholdsOf({ measure, comparator, value }: Condition): readonly Threshold[] {
  const grows = comparator === "gt" || comparator === "gte";
  const [up, down] = grows ? ["up", "down"] as const : ["down", "up"] as const;
  const number = value / 10 ** MEASURES[measure].scale;
  switch (measure) {
    case "price":
    case "rate":
    case "change":
      return [{ of: measure, towards: up, value: number }];
    case "abs_rate":
    case "abs_change": {
      const of = measure === "abs_rate" ? "rate" : "change";
      return [{ of, towards: up, value: number }, { of, towards: down, value: -number }];
    }
    default:
      return [];
  }
}
