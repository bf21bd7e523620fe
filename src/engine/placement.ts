import { assert } from "../core/errors.ts";
import { MAX_UNITS } from "../market/decimal.ts";
import { type Rule, scaleOf } from "../rules/rule.ts";
import {
  LANE_CHANGE_SIZE_UP,
  LANE_CHANGE_UP,
  LANE_LIMIT_DOWN,
  LANE_LIMIT_EITHER,
  LANE_LIMIT_UP,
  LANE_PRICE_UP,
  LANE_RATE_SIZE_UP,
  LANE_RATE_UP,
} from "../../wasm/layout.ts";

/** Where a rule stands in its symbol: its test is `x >= threshold` for the lane's x. */
export interface Placement {
  /** One of LANE_*. */
  readonly lane: number;
  /** Units of the lane's metric. */
  readonly threshold: number;
}

/**
 * The lane and threshold of a rule. `x > v` is `x >= v + 1` in whole units; `x < v` is `-x >= -v + 1` in the lane of
 * -x, which comes after the lane of x; a rule that looks down compares -x itself.
 */
export function placementOf(rule: Rule): Placement {
  if (rule.kind === "price_limit") return { lane: limitLane(rule), threshold: 1 };
  const value = unitsOf(rule);
  const upwards = rule.comparator === "gt" || rule.comparator === "gte";
  const strict = rule.comparator === "gt" || rule.comparator === "lt" ? 1 : 0;
  if (rule.comparator === null) assert(false, `rule ${rule.id} was not validated: it has no comparator`);
  const threshold = (upwards ? value : -value) + strict;
  const metric = metricLane(rule);
  const negated = metric.negated !== !upwards;
  return { lane: metric.lane + (negated ? 1 : 0), threshold: threshold + 0 };
}

/**
 * The rule's value in units of its kind's scale. The text was validated when the rule was made, so that a double times
 * the scale is within a rounding of the exact integer; a million of these are read at once when a stream starts.
 */
function unitsOf(rule: Rule): number {
  const scaled = Number(rule.value ?? NaN) * (scaleOf(rule.kind) === 0 ? 1 : 100);
  const units = Math.round(scaled);
  const exact = Math.abs(units) <= MAX_UNITS && Math.abs(units - scaled) < 1e-4;
  if (!exact) assert(false, `rule ${rule.id} was not validated: its value is ${rule.value}`);
  return units;
}

/** The lane of the rule's metric and whether the rule compares its negation. */
function metricLane(rule: Rule): { lane: number; negated: boolean } {
  if (rule.kind === "target_price") return { lane: LANE_PRICE_UP, negated: false };
  const rate = rule.kind === "change_rate";
  if (rule.direction === "either") {
    return { lane: rate ? LANE_RATE_SIZE_UP : LANE_CHANGE_SIZE_UP, negated: false };
  }
  return { lane: rate ? LANE_RATE_UP : LANE_CHANGE_UP, negated: rule.direction === "down" };
}

function limitLane(rule: Rule): number {
  if (rule.direction === "up") return LANE_LIMIT_UP;
  return rule.direction === "down" ? LANE_LIMIT_DOWN : LANE_LIMIT_EITHER;
}
