import { RATE_SCALE } from "../../market/decimal.ts";
import { emaStep, indicator, INTERVAL, lastCloses, mean } from "./closes.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";

/** Closed candles that an exponential average of N reads: what is older weighs less than 0.3 % by then. */
const EMA_CANDLES = 4;

/**
 * Per cent that the price is away from the exponential moving average of N candles, `E += 2 / (N + 1) (close - E)`, over
 * exactly 4 N closed candles, seeded by the plain mean of the first N of them; the candle that forms counts last with its
 * price so far. `(price - E) / E`. Source: Wilder's and every chart program's EMA, with a fixed beginning, so that a
 * restart gives the same number.
 */
export const ema = {
  params: [{ name: "length", min: 2, max: 200 }, INTERVAL],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  ...indicator(([length = 0]) => EMA_CANDLES * length),
  value: (at, params) => {
    const length = Number(params[0]);
    const closes = lastCloses(at, params, EMA_CANDLES * length);
    if (closes === undefined) return undefined;
    let average = mean(closes.slice(0, length));
    for (const close of closes.slice(length)) average = emaStep(average, close, length);
    average = emaStep(average, at.trade.price, length);
    return percent(at.trade.price - average, average);
  },
  aliases: ["지수이동평균", "지수이평"],
  words: {
    ko: {
      name: "{1}봉 {0} 지수이동평균 이격률",
      daily: "{0}일 지수이동평균 이격률",
      help: "지수이동평균 대비 현재가 %",
    },
    en: {
      name: "distance from the {1} {0}-candle exponential average",
      daily: "distance from the {0}-day exponential average",
      help: "Per cent of the price against its exponential moving average",
    },
  },
  example: "ema(20,5m) >= 0",
} as const satisfies MeasureSpec;
