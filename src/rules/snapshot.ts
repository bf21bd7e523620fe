import type { Trade } from "../market/trade.ts";
import { conditionHolds } from "./measures.ts";
import { baseOf, type Snapshot } from "./measures/measure.ts";
import type { Rule } from "./rule.ts";

/** Whether all of a rule's conditions hold of a snapshot; windows, sessions and crossings left aside. */
export function holdsAt(rule: Pick<Rule, "conditions">, at: Snapshot): boolean {
  return rule.conditions.every((condition) => conditionHolds(condition, at));
}

/** The snapshot of a trade of which nothing else is known. */
export function snapshotOf(trade: Trade, over: Partial<Snapshot> = {}): Snapshot {
  return {
    trade,
    status: { vi: false, halted: false },
    highBefore: 0,
    lowBefore: 0,
    reference: undefined,
    minutes: undefined,
    ...over,
  };
}

/** Whether a rule's conditions are true of a trade of which nothing else is known. */
export function holds(rule: Pick<Rule, "conditions">, trade: Trade): boolean {
  return holdsAt(rule, snapshotOf(trade));
}

/** What stood before a day's first trade: yesterday's close, nothing traded yet. */
export function closeBefore(at: Snapshot): Snapshot {
  const { trade, reference } = at;
  const { symbol, eventTime } = trade;
  const price = Math.max(0, baseOf(trade));
  return snapshotOf({
    symbol,
    eventTime,
    price,
    sign: "3",
    change: 0,
    rate: 0,
    open: price,
    high: price,
    low: price,
    volume: 0,
    accVolume: 0,
    accValue: 0,
    ask: 0,
    bid: 0,
    halted: "N",
  }, { reference, status: at.status });
}
