import { RATE_SCALE } from "../../market/decimal.ts";
import { type MeasureSpec, NOT_NEGATIVE, percent } from "./measure.ts";
import { LAST_MINUTES, minutesIn, today } from "./minutes.ts";

/** How far the price went within the last minutes of today, this trade included: `(high - low) / low` in per cent. */
export const range = {
  ...LAST_MINUTES,
  scale: RATE_SCALE,
  unit: "percent",
  ...NOT_NEGATIVE,
  value: ({ minutes, trade }, params) => {
    if (minutes === undefined) return undefined;
    let [high, low] = [trade.price, trade.price];
    for (const sum of today(minutes, minutes.now - minutesIn(params[0]) + 1, minutes.now)) {
      high = Math.max(high, sum.high);
      low = Math.min(low, sum.low);
    }
    return percent(high - low, low);
  },
  aliases: ["변동범위", "등락범위"],
  words: {
    ko: { name: "{0}간 변동 범위", help: "최근 N분 고가와 저가의 차이 %" },
    en: { name: "range of {0}", help: "Per cent from the low to the high of the last minutes" },
  },
  example: "range(5m) >= 2",
} as const satisfies MeasureSpec;
