import type { SymbolDirectory } from "../../market/directory.ts";
import { symbolWarnings } from "../../market/symbol_warnings.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import { priceAbove, priceBelow, tickSize } from "../../market/tick_size.ts";
import type { Rule } from "../../rules/rule.ts";

/** What is odd about a rule without being wrong. */
export interface RuleWarning {
  readonly field: string;
  readonly code: string;
  readonly reason: string;
}

/**
 * A symbol that an incomplete list of symbols does not have may be a slip of the pen; a target price between two ticks is
 * never traded at; a rule that has expired cannot fire. The rule is taken, but perhaps it is not as it was meant.
 */
export function ruleWarnings(rule: Rule, directory: SymbolDirectory, now: number): readonly RuleWarning[] {
  return [...expiryWarnings(rule, now), ...priceWarnings(rule, directory, now)];
}

/** Seconds since 1970 given for milliseconds are a day in January 1970; the rule would never fire. */
function expiryWarnings({ expiresAt }: Rule, now: number): readonly RuleWarning[] {
  if (expiresAt === null || expiresAt > now) return [];
  const seconds = expiresAt < now / 100 ? "; seconds were given, milliseconds are wanted" : "";
  const reason = `${new Date(expiresAt).toISOString()} is past: the rule cannot fire${seconds}`;
  return [{ field: "expiresAt", code: "expired", reason }];
}

function priceWarnings(rule: Rule, directory: SymbolDirectory, now: number): readonly RuleWarning[] {
  const listed = directory.get(rule.symbol);
  if (listed === undefined) {
    const reason = "is not among the symbols known here; find a code by its name: GET /v1/symbols?q=NAME";
    return [{ field: "symbol", code: "unlisted_symbol", reason }];
  }
  const reference = directory.reference(rule.symbol);
  const states = reference === undefined
    ? []
    : symbolWarnings(reference).map((warning) => ({ field: "symbol", ...warning }));
  const price = Number(rule.value);
  if (rule.kind !== "target_price") return states;
  const of = { type: listed.type, price, day: seoulDay(now) };
  const tick = tickSize(of);
  if (price % tick === 0) return states;
  const reason = `is between two prices that are traded, ${priceBelow(of)} and ${
    priceAbove(of)
  }: the tick size is ${tick}`;
  return [...states, { field: "value", code: "off_tick", reason }];
}
