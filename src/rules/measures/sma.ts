import { RATE_SCALE } from "../../market/decimal.ts";
import { MAX_DAILY_CANDLES } from "../../market/reference.ts";
import { indicator, INTERVAL, lastCloses } from "./closes.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";

/**
 * Per cent that the price is away from the simple moving average of N candles, the one that forms with its price so far:
 * `S = closes of the last N - 1 candles + price; (price * N - S) / S`.
 */
export const sma = {
  params: [{ name: "length", min: 2, max: MAX_DAILY_CANDLES }, INTERVAL],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  ...indicator(([length = 0]) => length - 1),
  value: (at, params) => {
    const length = Number(params[0]);
    const closes = lastCloses(at, params, length - 1);
    if (closes === undefined) return undefined;
    const sum = closes.reduce((total, close) => total + close, 0) + at.trade.price;
    return percent(at.trade.price * length - sum, sum);
  },
  aliases: ["이동평균", "이평", "이동평균대비"],
  words: {
    ko: { name: "{1}봉 {0} 이동평균 이격률", daily: "{0}일 이동평균 이격률", help: "이동평균 대비 현재가 %" },
    en: {
      name: "distance from the {1} {0}-candle average",
      daily: "distance from the {0}-day average",
      help: "Per cent of the price against its moving average",
    },
  },
  example: "sma(20,1d) >= 0",
} as const satisfies MeasureSpec;
