import { RATE_SCALE } from "../../market/decimal.ts";
import { MAX_DAILY_CANDLES } from "../../market/reference.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";

/** Intervals of a moving average's candles. */
const INTERVALS = ["1d"] as const;

/**
 * Per cent that the price is away from the simple moving average of N days, today with its price so far:
 * `S = closes of the last N - 1 days + price; (price * N - S) / S`.
 */
export const sma = {
  params: [
    { name: "length", min: 2, max: MAX_DAILY_CANDLES },
    { name: "interval", words: INTERVALS, default: "1d" },
  ],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  need: "reference",
  value: ({ trade, reference }, params) => {
    const length = Number(params[0]);
    if (reference === undefined || reference.candles.length < length - 1) return undefined;
    const closes = reference.candles.slice(reference.candles.length - (length - 1));
    const sum = closes.reduce((total, { close }) => total + close, 0) + trade.price;
    return percent(trade.price * length - sum, sum);
  },
  aliases: ["이동평균", "이평", "이동평균대비"],
  words: {
    ko: { name: "{0}일 이동평균 이격률", help: "이동평균 대비 현재가 %" },
    en: {
      name: "distance from the {0}-day average",
      help: "Per cent of the price against its moving average",
    },
  },
  example: "sma(20,1d) >= 0",
} as const satisfies MeasureSpec;
