import { type Comparator, COMPARATORS } from "./condition.ts";
import { MEASURE_NAMES, type MeasureName, MEASURES } from "./measures.ts";

/**
 * The words by which measures and comparators are known.
 *
 * @module
 */

/** Comparators by their signs and by the words Korean users know. */
const COMPARATOR_WORDS: ReadonlyMap<string, Comparator> = new Map<string, Comparator>([
  ...COMPARATORS.map((comparator) => [comparator, comparator] as const),
  [">", "gt"],
  [">=", "gte"],
  ["<", "lt"],
  ["<=", "lte"],
  ["초과", "gt"],
  ["이상", "gte"],
  ["미만", "lt"],
  ["이하", "lte"],
]);

/** Every word and sign of a comparator. */
export const COMPARATOR_NAMES: readonly string[] = [...COMPARATOR_WORDS.keys()];

/** The sign of each comparator, as `when` writes it. */
export const COMPARATOR_SIGNS: Readonly<Record<Comparator, string>> = {
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
};

/** The comparator that a word or sign means; undefined: none. */
export function comparatorNamed(word: unknown): Comparator | undefined {
  return typeof word === "string" ? COMPARATOR_WORDS.get(word) : undefined;
}

const MEASURES_BY_WORD: ReadonlyMap<string, MeasureName> = new Map(
  MEASURE_NAMES.flatMap((name) =>
    [name, ...MEASURES[name].aliases].map((word) => [word.toLowerCase(), name] as const)
  ),
);

/** Every word that names a measure. */
export const MEASURE_WORDS: readonly string[] = MEASURE_NAMES.flatMap((name) => [
  name,
  ...MEASURES[name].aliases,
]);

/** The measure that a word names, in any case; undefined: none. */
export function measureNamed(word: unknown): MeasureName | undefined {
  return typeof word === "string" ? MEASURES_BY_WORD.get(word.normalize("NFC").toLowerCase()) : undefined;
}
