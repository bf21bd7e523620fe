import { RATE_SCALE } from "../../market/decimal.ts";
import { indicator, INTERVAL, lastCloses } from "./closes.ts";
import { ANY, type MeasureSpec, ratio } from "./measure.ts";

/**
 * Where the price stands between the Bollinger bands of N candles and K standard deviations, %B: 0 at the lower band, 100
 * at the upper one. Mean and deviation (of the whole, not of a sample) of the last N - 1 closes and the price; reckoned of
 * their distances d from the newest close, so that whole numbers are summed: `m = S/N`, `s = sqrt((Q - S S / N) / N)`,
 * `100 (p - m + K s) / (2 K s)`. No value while the price does not move. Source: J. Bollinger, %b.
 */
export const bollinger = {
  params: [
    { name: "length", min: 2, max: 200, default: 20 },
    { name: "deviations", min: 1, max: 5, default: 2 },
    INTERVAL,
  ],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  ...indicator(([length = 0]) => length - 1),
  value: (at, params) => {
    const length = Number(params[0]);
    const closes = lastCloses(at, params, length - 1);
    if (closes === undefined) return undefined;
    const base = closes.at(-1) as number;
    const price = at.trade.price - base;
    let [sum, squares] = [0, 0];
    for (const close of closes) {
      sum += close - base;
      squares += (close - base) * (close - base);
    }
    sum += price;
    squares += price * price;
    const width = Number(params[1]) * Math.sqrt(Math.max(0, (squares - sum * sum / length) / length));
    return width > 0 ? ratio(price - sum / length + width, 2 * width, 4) : undefined;
  },
  aliases: ["볼린저", "볼린저밴드"],
  words: {
    ko: {
      name: "{2}봉 볼린저밴드({0},{1}) %B",
      daily: "일봉 볼린저밴드({0},{1}) %B",
      help: "볼린저밴드에서의 위치: 하단 0, 상단 100",
    },
    en: {
      name: "{2} Bollinger({0},{1}) %B",
      daily: "daily Bollinger({0},{1}) %B",
      help: "Where the price is between the Bollinger bands: 0 at the lower, 100 at the upper one",
    },
  },
  example: "bollinger(20,2,5m) >= 100",
} as const satisfies MeasureSpec;
