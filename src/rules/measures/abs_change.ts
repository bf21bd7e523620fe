import { PRICE_SCALE } from "../../market/decimal.ts";
import { type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Won against yesterday's close, up or down. */
export const absChange = {
  params: [],
  scale: PRICE_SCALE,
  unit: "won",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => Math.abs(trade.change),
  aliases: ["전일대비변동", "전일대비변동폭"],
  words: {
    ko: { name: "전일대비 변동폭", help: "전일 종가와의 차이, 오르든 내리든" },
    en: { name: "change on the day, up or down", help: "Won against yesterday's close, up or down" },
  },
  example: "abs_change >= 1000",
} as const satisfies MeasureSpec;
