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

/** A target price between two ticks is never traded at: the rule works, but perhaps not as it was meant. */
export function ruleWarnings(rule: Rule, directory: SymbolDirectory, now: number): readonly RuleWarning[] {
  const listed = directory.get(rule.symbol);
  const price = Number(rule.value);
  if (rule.kind !== "target_price" || listed === undefined) return [];
  const of = { type: listed.type, price, day: seoulDay(now) };
  const tick = tickSize(of);
  if (price % tick === 0) return [];
  const reason = `is between two prices that are traded, ${priceBelow(of)} and ${
    priceAbove(of)
  }: the tick size is ${tick}`;
  return [{ field: "value", code: "off_tick", reason }];
}
