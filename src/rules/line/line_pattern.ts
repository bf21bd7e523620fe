import { readAmount } from "../amount.ts";
import type { Comparator, Condition, Param } from "../condition.ts";
import { InputIssues } from "../input_issues.ts";
import type { MeasureName } from "../measures.ts";
import { readParams, readThreshold } from "../read_conditions.ts";
import { AT_LEAST, AT_MOST, DOWN, LESS_THAN, MORE_THAN } from "./line_text.ts";

/**
 * What the patterns of a line are made with.
 *
 * @module
 */

/** A pattern and what it says. */
export interface LinePattern {
  readonly pattern: RegExp;
  /** Undefined: it matches, and says nothing that a rule could. */
  readonly says: (
    match: RegExpExecArray,
    moment: { readonly price: number | undefined },
  ) => Condition | undefined;
  /** Whether it is a moment rather than a state. */
  readonly crossing?: boolean;
}

/** A pattern in any case. */
export const of = (pattern: string) => new RegExp(pattern, "i");

/** Spans as people say them. */
export const SPAN =
  "(52\\s*주(?:간)?|1\\s*년|일\\s*년|52[- ]?w(?:ee)?k|one[- ]year|60\\s*일|20\\s*일|한\\s*달|당일|오늘|장중|the day'?s?|day'?s?|today'?s?)";

/** The span that a phrase of {@link SPAN} means. */
export function spanSaid(said: string | undefined): Param {
  const text = (said ?? "").replace(/\s+/g, "").toLowerCase();
  if (/^(?:52|1년|일년|one)/.test(text)) return "52w";
  if (text.startsWith("60")) return "60d";
  return text.startsWith("20") || text === "한달" ? "20d" : "day";
}

/** A condition on a measure that is 1 or 0. */
export function flag(
  measure: MeasureName,
  comparator: Comparator,
  value: number,
  params: readonly Param[] = [],
) {
  return (): Condition => ({ measure, params, comparator, value });
}

/** A condition whose number is valid for its measure. */
export function condition(
  measure: MeasureName,
  params: readonly Param[],
  compared: { readonly comparator: Comparator; readonly decimal: string },
): Condition | undefined {
  const issues = new InputIssues();
  const value = readThreshold(measure, compared.decimal, "value", issues);
  const whole = readParams(measure, [...params], "params", issues);
  return value === undefined || whole === undefined
    ? undefined
    : { measure, params: whole, comparator: compared.comparator, value };
}

/** A number as people write it as decimal text. */
export function decimalOf(text: string, sign: "" | "-" = ""): string {
  const decimal = readAmount(text.trim())?.decimal ?? "0";
  return sign === "-" && decimal !== "0" ? `-${decimal}` : decimal;
}

const COMPARISONS: readonly (readonly [RegExp, Comparator])[] = [
  [of(`^${AT_MOST}`), "lte"],
  [of(`^${AT_LEAST}`), "gte"],
  [of(`^${LESS_THAN}`), "lt"],
  [of(`^${MORE_THAN}`), "gt"],
];
/** Any word of more or less, as a group. */
export const COMPARISON = `(${AT_MOST}|${AT_LEAST}|${LESS_THAN}|${MORE_THAN})`;

/** The comparator that such a word means. */
export function comparatorSaid(word: string): Comparator {
  return COMPARISONS.find(([pattern]) => pattern.test(word))?.[1] ?? "gte";
}

/** "3% 넘게", "3% 이상": whether the number itself counts. */
export const HOW = "(이상|넘게|초과|가까이|at least|or more|more than|over)?";

/** A change that rises or falls: a fall is negative. */
export function signedChange(
  measure: MeasureName,
  params: readonly Param[],
  given: { number: string; how?: string; verb: string },
) {
  const falls = of(`^${DOWN}`).test(given.verb);
  const strict = /넘게|초과|more than|over/i.test(given.how ?? "");
  const comparator = falls ? (strict ? "lt" : "lte") : strict ? "gt" : "gte";
  return condition(measure, params, { comparator, decimal: decimalOf(given.number, falls ? "-" : "") });
}
