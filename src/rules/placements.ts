import { partitionOfKey } from "../core/murmur2.ts";
import { placementKey, type Rule } from "./rule.ts";

/**
 * On which partitions a rule's record stands. A rule for one symbol stands on its symbol's. A rule for several stands on
 * the home of its id, which is written first and decides, and as a copy on every other partition that has one of its
 * symbols; a rule for a market on all of them.
 *
 * @module
 */

/** Where a rule's own record is. */
export function homeOf(rule: Pick<Rule, "id" | "symbol">, partitions: number): number {
  return partitionOfKey(placementKey(rule), partitions);
}

/** The partitions that have a copy of a rule, ascending. */
export function copiesOf(
  rule: Pick<Rule, "id" | "symbol" | "symbols" | "market">,
  partitions: number,
): number[] {
  if (rule.symbol !== null) return [];
  const home = homeOf(rule, partitions);
  const wanted = rule.symbols === null
    ? Array.from({ length: partitions }, (_, partition) => partition)
    : [...new Set(rule.symbols.map((symbol) => partitionOfKey(symbol, partitions)))].sort((a, b) => a - b);
  return wanted.filter((partition) => partition !== home);
}

/** Every partition on which a rule is evaluated, its home first. */
export function partitionsOf(
  rule: Pick<Rule, "id" | "symbol" | "symbols" | "market">,
  partitions: number,
): number[] {
  return [homeOf(rule, partitions), ...copiesOf(rule, partitions)];
}

/** A text that is placed on a partition: the first of `~0`, `~1`, … that is. */
export function placedOn(partition: number, partitions: number): string {
  for (let number = 0;; number++) {
    if (partitionOfKey(`~${number}`, partitions) === partition) return `~${number}`;
  }
}
