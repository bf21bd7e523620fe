import type { Comparator, Condition, Param } from "../condition.ts";
import type { MeasureName } from "../measures.ts";
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
import {
  AT_LEAST,
  DOWN,
  LESS_THAN,
  MORE_THAN,
  MOVE,
  NUMBER,
  PARTICLE,
  PERCENT,
  UP,
  WON,
} from "./line_text.ts";

/**
 * Moves and volumes of the last minutes, indicators over candles.
 *
 * @module
 */

/** So many minutes, or an hour: "5분 만에", "10분간", "in 5 minutes". Groups: minutes, hour. */
const LAST =
  "(?:최근\\s*|지난\\s*|in (?:the last )?|within )?(?:(\\d{1,2})\\s*(?:분|[- ]?min(?:ute)?s?\\b)|(1\\s*시간|an hour|1 hour))\\s*(?:만에|동안에?|사이에?|새에?|안에|이내에?|내에?|간에?|에)?";
/** Candles: "5분봉", "일봉", "60-minute". Group: minutes. */
const CANDLES =
  "(?:(?:(\\d{1,2})\\s*(?:분봉|분\\s*봉|[- ]?min(?:ute)?)|일봉|daily)\\s*(?:기준|에서|의)?\\s*)?";
const ABOVE = `(?:${MORE_THAN}|${AT_LEAST}|위|올라)`;
const BELOW = `(?:${LESS_THAN}|이하|at most|내려)`;

/** "5분에 3% 급등하면", "5분 거래량 5배", "RSI 30 아래로", "5분봉 20이평 돌파". */
export function minutePatterns(): LinePattern[] {
  return [...movePatterns(), ...volumePatterns(), ...rsiPatterns(), ...candlePatterns()];
}

function movePatterns(): LinePattern[] {
  return [
    {
      pattern: of(`${LAST}\\s*${PERCENT}\\s*${HOW}\\s*(?:씩\\s*)?(${UP}|${DOWN})`),
      says: (match) =>
        signedChange("move", lengthOf(match), { number: match[3]!, how: match[4], verb: match[5]! }),
    },
    {
      pattern: of(`(${UP}|${DOWN})\\s*(?:by |more than |at least )?${PERCENT}\\s*${LAST}`),
      says: (match) => signedChange("move", lengthOf(match, 3), { number: match[2]!, verb: match[1]! }),
    },
    {
      pattern: of(`${LAST}\\s*${WON}\\s*${HOW}\\s*(${UP}|${DOWN})`),
      says: (match) =>
        signedChange("move_won", lengthOf(match), { number: match[3]!, how: match[4], verb: match[5]! }),
    },
    {
      pattern: of(`${LAST}\\s*${PERCENT}\\s*${HOW}\\s*${MOVE}`),
      says: (match) => compared("range", lengthOf(match), "gte", match[3]!),
    },
  ];
}

function volumePatterns(): LinePattern[] {
  const times = `${NUMBER}\\s*(?:배|x|times)`;
  return [
    {
      pattern: of(`${LAST}\\s*(?:volume|거래량)${PARTICLE}\\s*(?:평소|평균)?의?\\s*${times}`),
      says: (match) => compared("volume_ratio", lengthOf(match), "gte", match[3]!),
    },
    {
      pattern: of(`거래량${PARTICLE}\\s*${LAST}\\s*(?:평소|평균)?의?\\s*${times}`),
      says: (match) => compared("volume_ratio", lengthOf(match), "gte", match[3]!),
    },
    {
      pattern: of(
        `(?:평소|평균)(?:보다|의)?\\s*거래량${PARTICLE}\\s*${times}|거래량${PARTICLE}\\s*(?:평소|평균)(?:보다|의)?\\s*${times}`,
      ),
      says: (match) => compared("volume_ratio", ["5m"], "gte", match[1] ?? match[2]!),
    },
    {
      pattern: of(`${LAST}\\s*거래량${PARTICLE}\\s*${NUMBER}\\s*주?${PARTICLE}\\s*${COMPARISON}`),
      says: (match) => compared("volume", lengthOf(match), comparatorSaid(match[4]!), match[3]!),
    },
  ];
}

function rsiPatterns(): LinePattern[] {
  const rsi = `${CANDLES}rsi\\s*(?:\\((\\d{1,2})\\)|(\\d{1,2})일)?${PARTICLE}`;
  const says =
    (comparator: (match: RegExpExecArray) => Comparator, number: (match: RegExpExecArray) => string) =>
    (match: RegExpExecArray) =>
      compared(
        "rsi",
        [Number(match[2] ?? match[3] ?? 14), intervalSaid(match[1])],
        comparator(match),
        number(match),
      );
  return [
    {
      pattern: of(`${rsi}\\s*${NUMBER}\\s*(?:을|를|선을?|에서)?\\s*${BELOW}(?:로)?`),
      says: says(downward, (match) => match[4]!),
    },
    {
      pattern: of(`${rsi}\\s*${NUMBER}\\s*(?:을|를|선을?|에서)?\\s*${ABOVE}(?:로)?`),
      says: says(upward, (match) => match[4]!),
    },
    {
      pattern: of(`${rsi}\\s*(?:is |goes |falls |drops )?(?:below|under)\\s*${NUMBER}`),
      says: says(() => "lt", (match) => match[4]!),
    },
    {
      pattern: of(`${rsi}\\s*(?:is |goes |rises )?(?:above|over)\\s*${NUMBER}`),
      says: says(() => "gt", (match) => match[4]!),
    },
    {
      pattern: of(`${CANDLES}(?:rsi\\s*)?(?:과매도|oversold)`),
      says: (match) => compared("rsi", [14, intervalSaid(match[1])], "lte", "30"),
    },
    {
      pattern: of(`${CANDLES}(?:rsi\\s*)?(?:과매수|overbought)`),
      says: (match) => compared("rsi", [14, intervalSaid(match[1])], "gte", "70"),
    },
  ];
}

/** "이하" and "아래" of what is read: whether the number itself counts. */
function downward(match: RegExpExecArray): Comparator {
  return /이하|at most/.test(match[0]) ? "lte" : "lt";
}

function upward(match: RegExpExecArray): Comparator {
  return of(AT_LEAST).test(match[0].replace(/^.*?rsi/i, "")) ? "gte" : "gt";
}

/** Averages, bands and the MACD over candles. */
function candlePatterns(): LinePattern[] {
  const average =
    "(\\d{1,2})\\s*(?:분봉|분\\s*봉|[- ]?min(?:ute)?)\\s*(?:의|기준)?\\s*(\\d{1,3})\\s*(?:개?\\s*(?:이동\\s*평균\\s*선?|이평\\s*선?|선)|[- ]?(?:candle |period )?(?:moving )?average)";
  const bands = `${CANDLES}(?:볼린저\\s*(?:밴드)?|bollinger\\s*(?:band)?)\\s*`;
  const macd = `${CANDLES}macd${PARTICLE}\\s*`;
  const crossing = true;
  const ofAverage = (comparator: Comparator) => (match: RegExpExecArray) =>
    compared("sma", [Number(match[2]), intervalSaid(match[1])], comparator, "0");
  const ofBands = (comparator: Comparator, edge: string) => (match: RegExpExecArray) =>
    compared("bollinger", [20, 2, intervalSaid(match[1])], comparator, edge);
  const ofMacd = (comparator: Comparator) => (match: RegExpExecArray) =>
    compared("macd", [12, 26, 9, intervalSaid(match[1])], comparator, "0");
  return [
    {
      pattern: of(`${average}${PARTICLE}\\s*(?:${LESS_THAN}|${DOWN}|이탈)`),
      says: ofAverage("lt"),
      crossing,
    },
    {
      pattern: of(`${average}${PARTICLE}\\s*(?:${MORE_THAN}|${AT_LEAST}|${UP}|위|올라)`),
      says: ofAverage("gt"),
      crossing,
    },
    {
      pattern: of(
        `${bands}(?:상단|상한선?|upper)(?:선|band)?${PARTICLE}\\s*(?:${MORE_THAN}|${AT_LEAST}|위|터치)?`,
      ),
      says: ofBands("gte", "100"),
      crossing,
    },
    {
      pattern: of(
        `${bands}(?:하단|하한선?|lower)(?:선|band)?${PARTICLE}\\s*(?:${LESS_THAN}|${AT_LEAST}|터치)?`,
      ),
      says: ofBands("lte", "0"),
      crossing,
    },
    {
      pattern: of(`${macd}(?:골든\\s*크로스|golden cross|상향\\s*돌파|crosses above)`),
      says: ofMacd("gt"),
      crossing,
    },
    {
      pattern: of(`${macd}(?:데드\\s*크로스|dead cross|하향\\s*돌파|crosses below)`),
      says: ofMacd("lt"),
      crossing,
    },
  ];
}

/** The length that {@link LAST} says, its first group `at`. */
function lengthOf(match: RegExpExecArray, at = 1): readonly Param[] {
  return [match[at + 1] === undefined ? `${Number(match[at])}m` : "60m"];
}

function intervalSaid(minutes: string | undefined): Param {
  return minutes === undefined ? "1d" : `${Number(minutes)}m`;
}

function compared(
  measure: MeasureName,
  params: readonly Param[],
  comparator: Comparator,
  number: string,
): Condition | undefined {
  return condition(measure, params, { comparator, decimal: decimalOf(number) });
}
