import { assert } from "../core/errors.ts";
import { formatUnits, MAX_UNITS } from "../market/decimal.ts";
import type { Comparator, Condition } from "./condition.ts";
import type { MeasureName } from "./measures.ts";
import { type Direction, type RuleKind, scaleOf, type ShorthandKind } from "./rule.ts";

/**
 * The kinds as shorthands of one condition, both ways.
 *
 * `up` compares the signed value, `down` its negative, `either` the absolute value.
 *
 * @module
 */

/** What a rule says by its kind. */
export interface Shorthand {
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: string | null;
  readonly direction: Direction | null;
}

/** The shorthand of conditions that have none. */
export const NO_SHORTHAND: Shorthand = Object.freeze({
  kind: "condition",
  comparator: null,
  value: null,
  direction: null,
});

const NO_PARAMS: readonly never[] = Object.freeze([]);

/** The signed and the absolute measure of each kind that compares. */
const MEASURES_OF = {
  target_price: { signed: "price", absolute: "price" },
  change_rate: { signed: "rate", absolute: "abs_rate" },
  day_change: { signed: "change", absolute: "abs_change" },
} as const satisfies Record<
  Exclude<ShorthandKind, "price_limit">,
  Record<"signed" | "absolute", MeasureName>
>;

const LIMITS: Readonly<Record<Direction, Condition>> = {
  up: limitCondition("limit", "gte", 1),
  down: limitCondition("limit", "lte", -1),
  either: limitCondition("abs_limit", "gte", 1),
};

const MIRRORED = { gt: "lt", gte: "lte", lt: "gt", lte: "gte" } as const satisfies Record<
  Comparator,
  Comparator
>;

/** The condition that a kind with its fields stands for; the fields are valid. */
export function conditionOf(shorthand: Shorthand): Condition {
  const { kind, value, direction } = shorthand;
  if (kind === "price_limit") return LIMITS[direction ?? "either"];
  if (value === null) assert(false, `no shorthand of a condition: ${kind} without a value`);
  return conditionOfUnits(shorthand, unitsOf(value, scaleOf(kind)));
}

/** The same of a kind that has a value. @param units the value, in units of the kind's scale. */
export function conditionOfUnits(shorthand: Omit<Shorthand, "value">, units: number): Condition {
  const { kind, comparator, direction } = shorthand;
  if (kind === "condition" || kind === "price_limit" || comparator === null) {
    assert(false, `no shorthand of a condition: ${kind} ${comparator} ${units}`);
  }
  const measures = MEASURES_OF[kind];
  const measure = direction === "either" ? measures.absolute : measures.signed;
  return direction === "down"
    ? { measure, params: NO_PARAMS, comparator: MIRRORED[comparator], value: 0 - units }
    : { measure, params: NO_PARAMS, comparator, value: units };
}

/** The shorthand that says what conditions say, `kind: "condition"` where none does. */
export function shorthandOf(conditions: readonly Condition[]): Shorthand {
  const [condition] = conditions;
  if (condition === undefined || conditions.length > 1) return NO_SHORTHAND;
  const { measure, comparator, value } = condition;
  switch (measure) {
    case "price":
      return { kind: "target_price", comparator, value: String(value), direction: null };
    case "rate":
      return signed("change_rate", comparator, value);
    case "change":
      return signed("day_change", comparator, value);
    case "abs_rate":
      return compared("change_rate", comparator, value, "either");
    case "abs_change":
      return compared("day_change", comparator, value, "either");
    case "limit":
    case "abs_limit":
      return limitShorthand(condition);
    default:
      return NO_SHORTHAND;
  }
}

/** A fall is what people call "down 3 % or more"; everything else compares the signed value. */
function signed(kind: "change_rate" | "day_change", comparator: Comparator, value: number): Shorthand {
  const falls = (comparator === "lt" || comparator === "lte") && value < 0;
  return falls
    ? compared(kind, MIRRORED[comparator], -value, "down")
    : compared(kind, comparator, value, "up");
}

function compared(
  kind: "change_rate" | "day_change",
  comparator: Comparator,
  value: number,
  direction: Direction,
): Shorthand {
  return { kind, comparator, value: formatUnits(value, scaleOf(kind)), direction };
}

function limitShorthand({ measure, comparator, value }: Condition): Shorthand {
  for (const direction of ["up", "down", "either"] as const) {
    const limit = LIMITS[direction];
    if (limit.measure === measure && limit.comparator === comparator && limit.value === value) {
      return { kind: "price_limit", comparator: null, value: null, direction };
    }
  }
  return NO_SHORTHAND;
}

function limitCondition(measure: "limit" | "abs_limit", comparator: Comparator, value: number): Condition {
  return Object.freeze({ measure, params: NO_PARAMS, comparator, value });
}

/** The text was validated, so that a double times the scale is within a rounding of the exact integer. */
function unitsOf(value: string, scale: number): number {
  const units = Math.round(Number(value) * (scale === 0 ? 1 : 10 ** scale));
  if (!(Math.abs(units) <= MAX_UNITS)) assert(false, `was not validated: ${value}`);
  return units + 0;
}
