import { PRICE_SCALE } from "../../market/decimal.ts";
import { ANY, type MeasureSpec } from "./measure.ts";

/** Won against yesterday's close, signed. KIS PRDY_VRSS. */
export const change = {
  params: [],
  scale: PRICE_SCALE,
  unit: "won",
  ...ANY,
  need: "trade",
  value: ({ trade }) => trade.change,
  aliases: ["전일대비", "대비"],
  words: {
    ko: { name: "전일대비", help: "전일 종가와의 차이, 하락은 음수" },
    en: { name: "change on the day", help: "Won against yesterday's close, negative for a fall" },
  },
  example: "change >= 1000",
} as const satisfies MeasureSpec;
