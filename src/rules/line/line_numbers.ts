import type { Comparator, Condition } from "../condition.ts";
import { MEASURE_NAMES, type MeasureName, MEASURES } from "../measures.ts";
import { DOWN, NUMBER, PARTICLE, PERCENT, UP, WON } from "./line_text.ts";
import {
  comparatorSaid,
  COMPARISON,
  condition,
  decimalOf,
  HOW,
  type LinePattern,
  of,
  signedChange,
} from "./line_pattern.ts";

/**
 * Measures by their names, volumes against yesterday's, and prices.
 *
 * @module
 */

/** Words for measures that lines use beside their names. */
const SAID: Partial<Record<MeasureName, readonly string[]>> = {
  day_value: [
    "당일\\s*거래\\s*대금",
    "누적\\s*거래\\s*대금",
    "거래\\s*대금",
    "turnover value",
    "(?:trading )?value",
  ],
  day_volume: ["당일\\s*거래량", "누적\\s*거래량", "거래량", "volume"],
  trade_value: ["체결\\s*대금", "체결\\s*금액", "한\\s*번에", "single trade(?: of)?", "a trade of"],
  strength: ["체결\\s*강도", "strength"],
  turnover: ["거래량\\s*회전율", "회전율", "turnover(?: rate)?"],
  spread: ["호가\\s*(?:스프레드|차이?)", "스프레드", "spread"],
  book_ratio: ["매수\\s*잔량\\s*비율?", "호가\\s*잔량\\s*비", "잔량\\s*비", "book ratio"],
  gap: ["시가\\s*갭", "갭", "opening gap", "gap"],
  vi_gap: ["vi\\s*까지", "정적\\s*vi\\s*까지"],
  price: ["현재가", "주가", "가격", "price"],
};

/** "거래대금 100억 이상", "체결강도가 80 미만". */
export function measurePatterns(): LinePattern[] {
  return MEASURE_NAMES.filter((name) => MEASURES[name].params.length === 0 && MEASURES[name].unit !== "flag")
    .flatMap((measure) => {
      const words = [...SAID[measure] ?? [], ...MEASURES[measure].aliases, measure].map((word) =>
        `(?:${word})`
      ).join("|");
      return [
        {
          pattern: of(
            `(?:${words})${PARTICLE}\\s*(-?)\\s*${NUMBER}\\s*(?:%|퍼센트|프로|원|주|배|won|shares)?${PARTICLE}\\s*${COMPARISON}`,
          ),
          says: (match: RegExpExecArray) =>
            condition(measure, [], {
              comparator: comparatorSaid(match[3]!),
              decimal: decimalOf(match[2]!, match[1] as "" | "-"),
            }),
        },
        {
          pattern: of(
            `(?:${words})${PARTICLE}\\s*(?:is |goes |rises |falls )?${COMPARISON}\\s*(-?)\\s*${NUMBER}\\s*(?:%|won|shares)?`,
          ),
          says: (match: RegExpExecArray) =>
            condition(measure, [], {
              comparator: comparatorSaid(match[1]!),
              decimal: decimalOf(match[3]!, match[2] as "" | "-"),
            }),
        },
      ];
    });
}

/** "거래량 3배", "갭상승 3%". */
export function volumePatterns(): LinePattern[] {
  const times = (match: RegExpExecArray, factor: number, comparator: Comparator = "gte") => {
    const number = Number(decimalOf(match[1]!)) * factor;
    return condition("volume_rate", [], { comparator, decimal: String(Math.round(number * 100) / 100) });
  };
  return [
    {
      pattern: of(
        `(?:전일|어제)\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*거래량${PARTICLE}\\s*${NUMBER}\\s*배`,
      ),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(
        `거래량${PARTICLE}\\s*(?:전일|어제)?\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*의?\\s*${NUMBER}\\s*배`,
      ),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(
        `거래량${PARTICLE}\\s*(?:전일|어제)\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*의?\\s*${PERCENT}`,
      ),
      says: (match) => times(match, 1),
    },
    {
      pattern: of(`volume (?:is )?${NUMBER}\\s*(?:x|times)(?: yesterday'?s?)?`),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(`갭\\s*상승\\s*${PERCENT}|${PERCENT}\\s*(?:이상\\s*)?갭\\s*상승`),
      says: (match) => condition("gap", [], { comparator: "gte", decimal: decimalOf(match[1] ?? match[2]!) }),
    },
    {
      pattern: of(`갭\\s*하락\\s*${PERCENT}|${PERCENT}\\s*(?:이상\\s*)?갭\\s*하락`),
      says: (match) =>
        condition("gap", [], { comparator: "lte", decimal: decimalOf(match[1] ?? match[2]!, "-") }),
    },
  ];
}

/** "7만원 넘으면", "6만원까지 떨어지면", "1000원 오르면". */
export function pricePatterns(): LinePattern[] {
  const to = "(?:으로|로|까지|에|을|를|선을|선|대로|대)?";
  const bare = `(\\d[\\d,]*[십백천]?[만억]?(?:\\s?\\d+[십백천]?)?)`;
  const price = (number: string, comparator: Comparator) =>
    condition("price", [], { comparator, decimal: decimalOf(number) });
  return [
    { pattern: of(`${WON}(?:으로|로|까지|선까지)\\s*${DOWN}`), says: (match) => price(match[1]!, "lte") },
    { pattern: of(`${WON}(?:으로|로|까지|선까지)\\s*${UP}`), says: (match) => price(match[1]!, "gte") },
    {
      pattern: of(`${WON}\\s*(?:아래|밑)(?:로|으로)?\\s*(?:${DOWN})?`),
      says: (match) => price(match[1]!, "lt"),
    },
    {
      pattern: of(`${WON}\\s*(?:위)(?:로|으로)?\\s*(?:${UP}|가|올라)?`),
      says: (match) => price(match[1]!, "gt"),
    },
    {
      pattern: of(`${WON}\\s*${HOW}\\s*(?:이상\\s*)?(${UP}|${DOWN})`),
      says: (match) => signedChange("change", [], { number: match[1]!, how: match[2], verb: match[3]! }),
    },
    {
      pattern: of(`(${UP}|${DOWN})\\s*(?:by )?${WON}`),
      says: (match) => signedChange("change", [], { number: match[2]!, verb: match[1]! }),
    },
    {
      pattern: of(`${WON}${to}\\s*${COMPARISON}`),
      says: (match, { price: now }) => ofPrice(match[1]!, match[2]!, now),
    },
    { pattern: of(`${COMPARISON}\\s*${WON}`), says: (match) => price(match[2]!, comparatorSaid(match[1]!)) },
    {
      pattern: of(
        `(?<![\\d.,])${bare}(?![\\d.,]*\\s*(?:%|퍼|프로|주|배|분|시간|일|번|회))${to}\\s*${COMPARISON}`,
      ),
      says: (match, { price: now }) => ofPrice(match[1]!, match[2]!, now),
    },
    {
      pattern: of(`${COMPARISON}\\s*${bare}(?![\\d.,]*\\s*(?:%|percent|pct|주|배|shares|×))`),
      says: (match) => price(match[2]!, comparatorSaid(match[1]!)),
    },
  ];
}

/** "7만원 되면" says no side: which one it is depends on where the price is now. */
function ofPrice(number: string, word: string, now: number | undefined): Condition | undefined {
  const decimal = decimalOf(number);
  const comes = /^(?:되|될|돼|도달|찍|오면|올|reach|hit)/i.test(word);
  const comparator = comes && now !== undefined && now > Number(decimal) ? "lte" : comparatorSaid(word);
  return condition("price", [], { comparator, decimal });
}
