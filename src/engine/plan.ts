import type { Comparator, Condition } from "../rules/condition.ts";
import { MEASURES } from "../rules/measures.ts";
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
  const [condition] = rule.conditions;
  if (
    rule.conditions.length !== 1 || condition === undefined || !isDefault || rule.symbol === null ||
    rule.on !== "level" || rule.sessions !== null
  ) return undefined;
  const lane = PLAIN_LANES[condition.measure];
  if (lane === undefined) return undefined;
  const { negated, threshold } = testOf(condition);
  if (!negated) return { lane, threshold };
  return lane === LANE_LIMIT_EITHER ? undefined : { lane: lane + 1, threshold };
}

/**
 * The condition in whose lane a rule stands: one of the symbol's status, for a status is evaluated only there; else one
 * that is mostly 0, for it is seldom reached; else the first.
 */
export function laneCondition(conditions: readonly Condition[]): Condition {
  const some = (test: (condition: Condition) => boolean) => conditions.find(test);
  return some(({ measure }) => MEASURES[measure].need === "status") ??
    some(({ measure, comparator }) =>
      MEASURES[measure].unit === "flag" && (comparator === "gt" || comparator === "gte")
    ) ?? conditions[0] as Condition;
}
