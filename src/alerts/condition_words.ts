import { formatUnits } from "../market/decimal.ts";
import { type Comparator, compares, type Condition, type Param } from "../rules/condition.ts";
import { type MeasureName, MEASURES } from "../rules/measures.ts";
import type { Unit } from "../rules/measures/measure.ts";
import type { Locale, Trigger } from "../rules/rule.ts";
import { grouped } from "./format.ts";

/**
 * Conditions in words: a fold over the table of measures.
 *
 * @module
 */

export const COMPARISON = {
  ko: { gt: "초과", gte: "이상", lt: "미만", lte: "이하" },
  en: { gt: "above", gte: "at or above", lt: "below", lte: "at or below" },
} as const satisfies Record<Locale, Record<Comparator, string>>;

/** Conditions in words: "시가 대비 등락률이 5% 이상 그리고 거래대금이 100억원 이상". */
export function conditionsInWords(conditions: readonly Condition[], on: Trigger, locale: Locale): string {
  const [first] = conditions;
  if (first !== undefined && conditions.length === 1 && on === "crossing") {
    const becomes = stateOf(first, locale, "becomes");
    if (becomes !== undefined) return becomes;
  }
  const all = conditions.map((condition) => conditionInWords(condition, locale));
  const joined = all.join(locale === "ko" ? " 그리고 " : " and ");
  return on === "crossing" ? withCrossing(joined, locale) : joined;
}

/** A rule's words with the remark that it fires when its conditions come to hold. */
export function withCrossing(words: string, locale: Locale): string {
  return locale === "ko" ? `${words}, 새로 충족될 때` : `${words}, when it comes to be so`;
}

/** One condition in words: "52주 신고가", "the change from the open is at or above 5%". */
function conditionInWords(condition: Condition, locale: Locale): string {
  const state = stateOf(condition, locale, "is");
  if (state !== undefined) return state;
  const { measure, comparator, value } = condition;
  const { scale, unit } = MEASURES[measure];
  const name = measureInWords(condition, locale);
  const amount = amountInWords(value, { scale, unit, locale });
  const comparison = COMPARISON[locale][comparator];
  return locale === "ko"
    ? `${withParticle(name)} ${amount} ${comparison}`
    : `the ${name} is ${comparison} ${amount}`;
}

/** A measure's name with its parameters: "52주 고가 대비 등락률". */
export function measureInWords(
  { measure, params }: Pick<Condition, "measure" | "params">,
  locale: Locale,
): string {
  const { name, daily } = MEASURES[measure].words[locale];
  return filled(params.at(-1) === "1d" ? daily ?? name : name, params, locale);
}

/** A measure's name without parameters, as a choice lists it: "변동률", "volume ratio", "RSI". */
export function measureName(measure: MeasureName, locale: Locale): string {
  const { name } = MEASURES[measure].words[locale];
  return name.replace(/\(\{.*?\}\)/g, "").replace(/\{\d\}(?:[일봉간]|-)?\s*/g, "").replace(
    / (?:in|of)\s*$/,
    "",
  ).trim();
}

/** What a measure says, in words: "5.2%", "100억원", "1,234주". */
export function measuredInWords(
  { measure }: Pick<Condition, "measure">,
  units: number,
  locale: Locale,
): string {
  const { scale, unit } = MEASURES[measure];
  return amountInWords(units, { scale, unit, locale });
}

/**
 * What a condition on a measure of few values says: the words of the values for which it holds.
 *
 * @param tense `becomes`: of a rule that fires when it comes to be so.
 */
function stateOf(condition: Condition, locale: Locale, tense: "is" | "becomes"): string | undefined {
  const { measure, params, comparator, value } = condition;
  const { min, max, unit, words } = MEASURES[measure];
  if (unit !== "flag") return undefined;
  const values: number[] = [];
  for (let each = min; each <= max; each++) if (compares(each, comparator, value)) values.push(each);
  const states = words[locale].states?.[values.join(",")];
  return states && filled(states[tense], params, locale);
}

const DAY_WORDS = { ko: "당일", en: "day's" } as const;

const SPAN_WORDS = {
  d: { ko: "일", en: "day" },
  w: { ko: "주", en: "week" },
  m: { ko: "분", en: "minute" },
} as const;

function paramInWords(param: number | string, locale: Locale): string {
  if (param === "day") return DAY_WORDS[locale];
  const [, count, unit] = /^(\d+)([dwm])$/.exec(String(param)) ?? [];
  if (count === undefined) return String(param);
  const words = SPAN_WORDS[unit as keyof typeof SPAN_WORDS];
  return locale === "ko" ? `${count}${words.ko}` : `${count}-${words.en}`;
}

function filled(template: string, params: readonly Param[], locale: Locale): string {
  return template.replace(/(in |of )?\{(\d)\}/g, (_, before = "", place) => {
    const param = params[Number(place)] ?? "";
    return before + (before === "" ? paramInWords(param, locale) : lengthInWords(param));
  });
}

/** A length of time after an English preposition: "5 minutes", where elsewhere it is "5-minute". */
function lengthInWords(param: Param): string {
  const words = paramInWords(param, "en").replace("-", " ");
  return words.startsWith("1 ") ? words : `${words}s`;
}

const UNITS = {
  ko: { won: "원", percent: "%", shares: "주", times: "배", points: "", flag: "" },
  en: { won: " won", percent: "%", shares: " shares", times: "×", points: "", flag: "" },
} as const satisfies Record<Locale, Record<Unit, string>>;

function amountInWords(
  units: number,
  { scale, unit, locale }: { scale: number; unit: Unit; locale: Locale },
): string {
  if (scale < 0 && locale === "ko") return `${largeAmount(units)}${UNITS.ko[unit]}`;
  return `${grouped(formatUnits(units, scale))}${UNITS[locale][unit]}`;
}

/** "1조 2,000억", "1억 5,000만", of a number of ten thousands. */
function largeAmount(tenThousands: number): string {
  const size = Math.abs(tenThousands);
  const parts = [
    [Math.floor(size / 1e8), "조"],
    [Math.floor(size / 1e4) % 1e4, "억"],
    [size % 1e4, "만"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, name]) => `${grouped(count)}${name}`);
  return `${tenThousands < 0 ? "-" : ""}${said.length === 0 ? "0" : said.join(" ")}`;
}

/** Digits that are read with a final consonant: 영, 일, 삼, 육, 칠, 팔; also 십 and 백, which end in a 0. */
const CLOSED_DIGITS = "013678";
/** The same of letters: 엘, 엠, 엔, 알. */
const CLOSED_LETTERS = "LMNR";

/**
 * A Korean noun with the particle of a subject: 이 after a final consonant, 가 after a vowel, as it is read aloud; of
 * `RSI(14)` the number is what is read last.
 */
function withParticle(noun: string): string {
  const last = noun.replace(/\)+$/, "").at(-1) ?? "";
  const syllable = last.charCodeAt(0) - 0xac00;
  const isClosed = syllable >= 0 && syllable < 11_172
    ? syllable % 28 !== 0
    : (CLOSED_DIGITS + CLOSED_LETTERS).includes(last.toUpperCase());
  return `${noun}${isClosed ? "이" : "가"}`;
}
