import { type Comparator, compares, type Condition, type Param } from "../condition.ts";
import { MEASURE_NAMES, type MeasureName, MEASURES } from "../measures.ts";
import type { Locale } from "../rule.ts";
import { paramWritten } from "../when.ts";
import { comparatorSaid, condition, decimalOf, type LinePattern, of } from "./line_pattern.ts";
import { NUMBER } from "./line_text.ts";

/**
 * The sentences in which mails and the console say conditions, read back: "52주 고가 대비 등락률이 -20% 이하", "the move
 * in 5 minutes is at or above 3%". A fold over the words of the measures, so that what is said can be typed.
 *
 * @module
 */

/** A parameter in a name: "당일", "5분", "52-week", "5 minutes", "14". */
const PARAM: Readonly<Record<Locale, string>> = {
  ko: "당일|\\d+\\s*(?:일|주|분)?",
  en: "day's|\\d+(?:[- ](?:day|week|minute)s?)?",
};
const BLANKS: Readonly<Record<Locale, string>> = { ko: "\\s*", en: "\\s+" };
const UNIT = "(?:\\s*(?:%|퍼센트|원|주|배|won\\b|shares\\b|×))?";

/** The patterns, of longer names first: "the change on the day, up or down" is no "change on the day". */
export function ownWordPatterns(): LinePattern[] {
  return MEASURE_NAMES.flatMap((measure) => [...ofLocale(measure, "ko"), ...ofLocale(measure, "en")])
    .sort((one, other) => other.pattern.source.length - one.pattern.source.length);
}

function ofLocale(measure: MeasureName, locale: Locale): LinePattern[] {
  const { name, daily, states = {} } = MEASURES[measure].words[locale];
  return [
    ...Object.entries(states).flatMap(([values, { is, becomes }]) => {
      const says = stateSays(measure, values.split(",").map(Number));
      return [
        { pattern: sentence(is, locale), says },
        ...(becomes === is ? [] : [{ pattern: sentence(becomes, locale), says, crossing: true }]),
      ];
    }),
    comparison(measure, name, locale),
    ...(daily === undefined ? [] : [comparison(measure, daily, locale, "1d")]),
  ];
}

/** "{0} 고가 대비 등락률이 -20% 이하", "the distance from the {0} high is at or below -20%". */
function comparison(measure: MeasureName, name: string, locale: Locale, interval?: Param): LinePattern {
  const number = `(?<sign>-?)\\s*(?<number>${NUMBER})${UNIT}`;
  const source = templateSource(name, locale) +
    (locale === "ko"
      ? `(?:이|가|은|는)?\\s*${number}\\s*(?<word>이상|초과|이하|미만)`
      : `\\s+(?:is\\s+)?(?<word>at or above|at or below|above|below)\\s+${number}`);
  return {
    pattern: of(source),
    says: ({ groups = {} }) =>
      condition(measure, paramsOf(measure, groups, interval), {
        comparator: comparatorSaid(groups.word!),
        decimal: decimalOf(groups.number!, groups.sign as "" | "-"),
      }),
  };
}

/** The sentence of a state, where nothing goes on: "거래정지 풀리면" is another. */
function sentence(words: string, locale: Locale): RegExp {
  return of(`${templateSource(words, locale)}(?=\\s*(?:$|[,.\\ue000]|그리고|and\\b))`);
}

/** As rules are written: "halted < 1", not "halted <= 0", where both say the same. */
const AS_WRITTEN: readonly Comparator[] = ["gte", "lte", "lt", "gt"];

/** The condition that holds for these values of a measure, and for no others. */
function stateSays(measure: MeasureName, values: readonly number[]): LinePattern["says"] {
  const { min, max } = MEASURES[measure];
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  const holds = (comparator: Comparator, value: number) =>
    all.every((each) => compares(each, comparator, value) === values.includes(each));
  const found =
    AS_WRITTEN.flatMap((comparator) =>
      all.filter((value) => value !== 0 && holds(comparator, value)).map((value) => ({ comparator, value }))
    )[0];
  return ({ groups = {} }) =>
    found && condition(measure, paramsOf(measure, groups), {
      comparator: found.comparator,
      decimal: String(found.value),
    });
}

/** A template as the source of a pattern: its blanks may be others, `{0}` is the group `p0`. */
function templateSource(template: string, locale: Locale): string {
  return template.split(/(\{\d\})/).map((piece) => {
    const place = /^\{(\d)\}$/.exec(piece)?.[1];
    if (place !== undefined) return `(?<p${place}>${PARAM[locale]})`;
    return piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, BLANKS[locale]);
  }).join("");
}

function paramsOf(
  measure: MeasureName,
  groups: Readonly<Record<string, string | undefined>>,
  interval?: Param,
): Condition["params"] {
  const { params } = MEASURES[measure];
  const said = params.map((_, place) => paramSaid(groups[`p${place}`]));
  return interval === undefined ? said as Param[] : [...said.slice(0, -1) as Param[], interval];
}

/** `day`, `20d`, `52w`, `5m` or a number, of how it is said. */
function paramSaid(said: string | undefined): Param | undefined {
  const text = said?.replace(/[\s-]/g, "").toLowerCase();
  if (text === undefined) return undefined;
  if (text === "당일" || text === "day's") return "day";
  return paramWritten(text.replace(/(?<unit>[dwm])(?:ay|eek|inute)s?$/, "$<unit>"));
}
