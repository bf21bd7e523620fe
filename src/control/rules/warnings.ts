import type { SymbolDirectory } from "../../market/directory.ts";
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
 * never traded at. The rule works, but perhaps not as it was meant.
 */
export function ruleWarnings(rule: Rule, directory: SymbolDirectory, now: number): readonly RuleWarning[] {
  const listed = directory.get(rule.symbol);
  if (listed === undefined) {
    const near = directory.closest(rule.symbol);
    const hint = near === undefined ? "" : `; did you mean ${near.symbol} ${near.name}?`;
    return [{
      field: "symbol",
      code: "unlisted_symbol",
      reason: `is not among the symbols known here${hint}`,
    }];
  }
  const price = Number(rule.value);
  if (rule.kind !== "target_price") return [];
  const of = { type: listed.type, price, day: seoulDay(now) };
  const tick = tickSize(of);
  if (price % tick === 0) return [];
  const reason = `is between two prices that are traded, ${priceBelow(of)} and ${
    priceAbove(of)
  }: the tick size is ${tick}`;
  return [{ field: "value", code: "off_tick", reason }];
}
