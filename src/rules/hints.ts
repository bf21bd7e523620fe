import { MEASURES } from "./measures.ts";
import { MEASURE_WORDS, measureNamed } from "./names.ts";
import { closestWord } from "./text_checks.ts";

/**
 * What a refusal says of the word that was probably meant: "; did you mean rate?", "" where nobody knows.
 *
 * @module
 */

/** What people write for a measure though it is no name of one: kinds of rules, and words of other programs. */
const MEASURES_MEANT: Readonly<Record<string, string>> = {
  change_rate: "rate",
  fluctuation: "rate",
  percent: "rate",
  pct: "rate",
  change_percent: "rate",
  change_pct: "rate",
  target_price: "price",
  goal: "price",
  close: "price",
  last: "price",
  current_price: "price",
  day_change: "change",
  compared_previous: "change",
  price_limit: "limit",
  upper_limit: "limit >= 1",
  lower_limit: "limit <= -1",
  상한가: "limit >= 1",
  하한가: "limit <= -1",
  abs: "abs_rate or abs_change",
  value: "day_value",
  ma: "sma",
  moving_average: "sma",
  bb: "bollinger",
  high: "new_high",
  low: "new_low",
};

/** Kinds of rules by the measure that they compare. */
const KINDS_MEANT: Readonly<Record<string, string>> = {
  rate: "change_rate",
  price: "target_price",
  change: "day_change",
  limit: "price_limit",
};

/** What people write where a comparison is expected. */
const COMPARISONS_MEANT: Readonly<Record<string, string>> = {
  "=>": "did you mean >=?",
  "=<": "did you mean <=?",
  "=": "values are not compared for being equal: use >= or <=",
  "!": "values are not compared for being equal: use > or <",
  above: "did you mean >?",
  over: "did you mean >?",
  below: "did you mean <?",
  under: "did you mean <?",
  crosses: 'use > or <, and "on": "crossing" beside it',
};

/** The word of a list that was probably meant, in any case; a word of three letters or fewer must be it. */
export function wordMeant(written: unknown, words: readonly string[]): string {
  if (typeof written !== "string") return "";
  const lower = written.toLowerCase();
  const near = words.find((word) => word.toLowerCase() === lower) ??
    words.find((word) => lower.length > 2 && word.startsWith(lower)) ??
    (written.length > 3 ? closestWord(written, words) : undefined);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The measure that was probably meant by a word that names none. */
export function measureMeant(word: unknown): string {
  if (typeof word !== "string") return "";
  const lower = word.toLowerCase();
  const near = Object.hasOwn(MEASURES_MEANT, lower)
    ? MEASURES_MEANT[lower]
    : closestWord(word, MEASURE_WORDS);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The kind that was probably meant; of a measure that no kind compares, how it is written. */
export function kindMeant(given: unknown, kinds: readonly string[]): string {
  const measure = measureNamed(given);
  if (measure === undefined) return wordMeant(given, kinds);
  const kind = KINDS_MEANT[measure];
  if (kind !== undefined) return `; did you mean ${kind}?`;
  return `; what compares ${measure} has no kind: give when, such as "${MEASURES[measure].example}"`;
}

/** What was probably meant where a text goes on with no comparison. */
export function comparisonMeant(rest: string): string {
  const word = /^(?:=>|=<|=|!|[a-z]+)/i.exec(rest)?.[0].toLowerCase() ?? "";
  return Object.hasOwn(COMPARISONS_MEANT, word) ? `; ${COMPARISONS_MEANT[word]}` : "";
}
