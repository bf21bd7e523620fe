import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, decimalUnits, type MeasureSpec } from "./measure.ts";

/** Per cent against yesterday's close, signed. KIS PRDY_CTRT. */
export const rate = {
  params: [],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  need: "trade",
  value: ({ trade }) => decimalUnits(trade.rate, RATE_SCALE),
  aliases: ["등락률", "등락율", "상승률"],
  words: {
    ko: { name: "등락률", help: "전일 종가 대비 %, 하락은 음수" },
    en: { name: "change rate", help: "Per cent against yesterday's close, negative for a fall" },
  },
  example: "rate >= 5",
} as const satisfies MeasureSpec;
