import type { Comparator, Condition } from "../rules/condition.ts";
import { type MeasureName, MEASURES } from "../rules/measures.ts";
import type { Rule } from "../rules/rule.ts";
import {
  LANE_CHANGE_SIZE_UP,
  LANE_CHANGE_UP,
  LANE_LIMIT_EITHER,
  LANE_LIMIT_UP,
  LANE_PRICE_UP,
  LANE_RATE_SIZE_UP,
  LANE_RATE_UP,
} from "../../wasm/layout.ts";

/** A condition as the module tests it: `x >= threshold`, x the measure or its negative. */
export interface Test {
  readonly negated: boolean;
  /** Units of the measure. */
  readonly threshold: number;
}

/** Where a plain rule stands in its symbol. */
export interface Placement {
  /** One of LANE_*. */
  readonly lane: number;
  /** Units of the lane's metric. */
  readonly threshold: number;
}

/** `x > v` is `x >= v + 1` in whole units; `x < v` is `-x >= -v + 1`. */
export function testOf({ comparator, value }: Condition): Test {
  const { negated, strict } = TESTS[comparator];
  return { negated, threshold: (negated ? -value : value) + strict + 0 };
}

const TESTS: Readonly<Record<Comparator, { readonly negated: boolean; readonly strict: number }>> = {
  gt: { negated: false, strict: 1 },
  gte: { negated: false, strict: 0 },
  lt: { negated: true, strict: 1 },
  lte: { negated: true, strict: 0 },
};

/** The plain lanes of the measures that have some; the lane of the negative is the next one. */
const PLAIN_LANES: Readonly<Record<string, number>> = {
  price: LANE_PRICE_UP,
  rate: LANE_RATE_UP,
  abs_rate: LANE_RATE_SIZE_UP,
  change: LANE_CHANGE_UP,
  abs_change: LANE_CHANGE_SIZE_UP,
  limit: LANE_LIMIT_UP,
  abs_limit: LANE_LIMIT_EITHER,
};

/**
 * The plain lane of a rule of one symbol and one condition on what every trade says, level-triggered, in windows of the
 * default length and all sessions; undefined for any other.
 *
 * @param isDefault whether the rule's windows are the default ones.
 */
export function plainPlacement(rule: Rule, isDefault: boolean): Placement | undefined {
  if (!isDefault || rule.symbol === null || rule.on !== "level" || rule.sessions !== null) return undefined;
  const { conditions } = rule;
  const condition = conditions[0];
  if (conditions.length !== 1 || condition === undefined) return undefined;
  const lane = PLAIN_LANES[condition.measure];
  if (lane === undefined) return undefined;
  const { negated, threshold } = testOf(condition);
  if (!negated) return { lane, threshold };
  return lane === LANE_LIMIT_EITHER ? undefined : { lane: lane + 1, threshold };
}

/** How seldom a measure's usual conditions hold: the smaller, the more seldom. What holds for hours comes last. */
const SELDOM: Readonly<Record<MeasureName, number>> = {
  new_high: 1,
  new_low: 1,
  move: 2,
  move_won: 2,
  volume_ratio: 2,
  range: 3,
  rsi: 4,
  bollinger: 4,
  volume: 6,
  ema: 10,
  macd: 11,
  limit: 1,
  abs_limit: 1,
  trade_value: 2,
  spread: 3,
  book_ratio: 4,
  strength: 5,
  vi_gap: 6,
  volume_rate: 7,
  turnover: 8,
  from_high: 9,
  from_low: 9,
  from_open: 10,
  sma: 10,
  gap: 11,
  abs_rate: 12,
  rate: 12,
  abs_change: 13,
  change: 13,
  price: 14,
  day_value: 15,
  day_volume: 15,
  vi: 0,
  halted: 0,
};

/**
 * The condition in whose lane a rule stands: one of the symbol's status, for a status is evaluated only there; else the
 * one that holds most seldom, for while it does the others are examined on each trade.
 */
export function laneCondition(conditions: readonly Condition[]): Condition {
  let best = conditions[0] as Condition;
  for (const condition of conditions) if (rankOf(condition) < rankOf(best)) best = condition;
  return best;
}

function rankOf({ measure, comparator }: Condition): number {
  const { need, unit } = MEASURES[measure];
  // That something is not the case holds nearly always.
  const holdsMostly = need !== "status" && unit === "flag" && (comparator === "lt" || comparator === "lte");
  return holdsMostly ? 16 : SELDOM[measure];
}
