import type { MeasureName } from "./measures.ts";

export const COMPARATORS = ["gt", "gte", "lt", "lte"] as const;
export type Comparator = typeof COMPARATORS[number];

/** A parameter of a measure as it is stored: a number of days, or a word such as `20d`. */
export type Param = number | string;

/** A comparison of a measure with a number: `rate >= 5`. Never changed once made. */
export interface Condition {
  readonly measure: MeasureName;
  /** All of the measure's parameters, defaults filled in. */
  readonly params: readonly Param[];
  readonly comparator: Comparator;
  /** Units at the measure's scale: 5 % at scale 2 is 500; 10,000,000,000 won at scale -4 is 1,000,000. */
  readonly value: number;
}

/** The most conditions a rule may have. */
export const MAX_CONDITIONS = 4;

/** Whether a measure's value meets a comparison; both in units of the measure's scale. */
export function compares(x: number, comparator: Comparator, value: number): boolean {
  switch (comparator) {
    case "gt":
      return x > value;
    case "gte":
      return x >= value;
    case "lt":
      return x < value;
    case "lte":
      return x <= value;
  }
}

/** Whether two conditions say the same. */
export function sameCondition(one: Condition, other: Condition): boolean {
  return one.measure === other.measure && one.comparator === other.comparator && one.value === other.value &&
    one.params.length === other.params.length && one.params.every((param, at) => param === other.params[at]);
}
