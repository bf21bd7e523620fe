import { RATE_SCALE } from "../market/decimal.ts";
import type { Match } from "./evaluation.ts";
import type { MeasureName } from "./measures.ts";

/**
 * What each of a match's conditions measured, in units of its measure's scale. The engine says it of rules that stand in
 * no plain lane only; the others' one condition is about numbers that the match has.
 */
export function valuesOf(match: Match): readonly number[] {
  return match.values ?? match.rule.conditions.map(({ measure }) => plainValue(measure, match));
}

/** What the measure of a rule's only condition was, in units of its scale, where it is about numbers that the match has. */
export function plainValue(
  measure: MeasureName,
  { price, change, rate, sign }: Pick<Match, "price" | "change" | "rate" | "sign">,
): number {
  const units = Math.round(rate * 10 ** RATE_SCALE);
  switch (measure) {
    case "price":
      return price;
    case "change":
      return change;
    case "abs_change":
      return Math.abs(change);
    case "rate":
      return units;
    case "abs_rate":
      return Math.abs(units);
    case "limit":
      return sign === "1" ? 1 : sign === "4" ? -1 : 0;
    default:
      return sign === "1" || sign === "4" ? 1 : 0;
  }
}
