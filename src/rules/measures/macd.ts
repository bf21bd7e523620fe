import { emaStep, indicator, INTERVAL, lastCloses, mean, numbersOf } from "./closes.ts";
import { ANY, type MeasureSpec, ratio } from "./measure.ts";

/** Closed candles that a MACD reads, times the slow length and the signal's together. */
const MACD_CANDLES = 4;

const own = indicator(([, slow = 0, signal = 0]) => MACD_CANDLES * (slow + signal));

/**
 * The MACD's histogram in won: the difference of a fast and a slow exponential average less its own exponential average,
 * the signal. Over exactly 4 (slow + signal) closed candles: each average is seeded by the plain mean of its first
 * candles, the signal by that of the first differences there are; the candle that forms counts last with its price so far.
 * It is 0 where MACD and signal cross. Source: G. Appel.
 */
export const macd = {
  params: [
    { name: "fast", min: 2, max: 50, default: 12 },
    { name: "slow", min: 3, max: 100, default: 26 },
    { name: "signal", min: 2, max: 50, default: 9 },
    INTERVAL,
  ],
  scale: 2,
  unit: "won",
  ...ANY,
  ...own,
  refuse: (params) => {
    const [fast = 0, slow = 0] = numbersOf(params);
    return fast < slow ? own.refuse(params) : `is refused: fast, ${fast}, must be less than slow, ${slow}`;
  },
  value: (at, params) => {
    const [fast, slow, signal] = numbersOf(params) as [number, number, number];
    const closes = lastCloses(at, params, MACD_CANDLES * (slow + signal));
    if (closes === undefined) return undefined;
    let quick = mean(closes.slice(0, fast));
    let sluggish = mean(closes.slice(0, slow));
    for (const close of closes.slice(fast, slow)) quick = emaStep(quick, close, fast);
    const differences = [quick - sluggish];
    for (const close of [...closes.slice(slow), at.trade.price]) {
      quick = emaStep(quick, close, fast);
      sluggish = emaStep(sluggish, close, slow);
      differences.push(quick - sluggish);
    }
    let average = mean(differences.slice(0, signal));
    for (const difference of differences.slice(signal)) average = emaStep(average, difference, signal);
    return ratio(quick - sluggish - average, 1, 2);
  },
  aliases: ["MACD오실레이터"],
  words: {
    ko: {
      name: "{3}봉 MACD({0},{1},{2}) 오실레이터",
      daily: "일봉 MACD({0},{1},{2}) 오실레이터",
      help: "MACD에서 시그널을 뺀 값, 원",
    },
    en: {
      name: "{3} MACD({0},{1},{2}) histogram",
      daily: "daily MACD({0},{1},{2}) histogram",
      help: "MACD less its signal, won",
    },
  },
  example: "macd(12,26,9,15m) > 0",
} as const satisfies MeasureSpec;
