import { RATE_SCALE } from "../../market/decimal.ts";
import { indicator, INTERVAL, lastCloses, mean } from "./closes.ts";
import { type MeasureSpec, NOT_NEGATIVE, ratio } from "./measure.ts";

/** Changes between closed candles that an RSI of N reads. */
const RSI_CHANGES = 8;

/**
 * The relative strength index of N candles, 0 to 100: `100 G / (G + L)`, G and L the averages of rises and falls in
 * Wilder's smoothing, `A = (A (N - 1) + x) / N`, over exactly 8 N changes between closed candles, seeded by the plain mean
 * of the first N; the change to the price of the candle that forms counts last. 50 where nothing rose or fell. Source:
 * J. W. Wilder, New Concepts in Technical Trading Systems (1978).
 */
export const rsi = {
  params: [{ name: "length", min: 2, max: 50, default: 14 }, INTERVAL],
  scale: RATE_SCALE,
  unit: "points",
  ...NOT_NEGATIVE,
  max: 10_000,
  ...indicator(([length = 0]) => RSI_CHANGES * length + 1),
  value: (at, params) => {
    const length = Number(params[0]);
    const closes = lastCloses(at, params, RSI_CHANGES * length + 1);
    if (closes === undefined) return undefined;
    const changes = closes.slice(1).map((close, index) => close - (closes[index] as number));
    let rises = mean(changes.slice(0, length).map(riseOf));
    let falls = mean(changes.slice(0, length).map(fallOf));
    const last = at.trade.price - (closes.at(-1) as number);
    for (const change of [...changes.slice(length), last]) {
      rises = (rises * (length - 1) + riseOf(change)) / length;
      falls = (falls * (length - 1) + fallOf(change)) / length;
    }
    return rises + falls > 0 ? ratio(rises * 100, rises + falls, 2) : 5_000;
  },
  aliases: ["상대강도지수"],
  words: {
    ko: { name: "{1}봉 RSI({0})", daily: "일봉 RSI({0})", help: "상대강도지수, 0~100" },
    en: { name: "{1} RSI({0})", daily: "daily RSI({0})", help: "Relative strength index, 0 to 100" },
  },
  example: "rsi(14,5m) <= 30",
} as const satisfies MeasureSpec;

function riseOf(change: number): number {
  return Math.max(change, 0);
}

function fallOf(change: number): number {
  return Math.max(-change, 0);
}
