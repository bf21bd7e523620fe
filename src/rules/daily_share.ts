import { partitionOfKey } from "../core/murmur2.ts";
import type { Rule } from "./rule.ts";

/**
 * The most alerts a day of a rule on each partition that has one of its symbols: the parts of its `maxAlertsPerDay`,
 * rounded up, so all of it where one partition has them all. Infinity: it has no limit.
 *
 * @param partitions of the trades topic.
 */
export function dailyShare(
  rule: Pick<Rule, "maxAlertsPerDay" | "symbol" | "symbols">,
  partitions: number,
): number {
  const { maxAlertsPerDay, symbol, symbols } = rule;
  if (maxAlertsPerDay === null) return Infinity;
  if (symbol !== null) return maxAlertsPerDay;
  const having = symbols === null
    ? partitions
    : new Set(symbols.map((one) => partitionOfKey(one, partitions))).size;
  return Math.ceil(maxAlertsPerDay / having);
}
