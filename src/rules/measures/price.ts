import { MAX_UNITS, PRICE_SCALE } from "../../market/decimal.ts";
import type { MeasureSpec } from "./measure.ts";

/** The trade's price, won. */
export const price = {
  params: [],
  scale: PRICE_SCALE,
  unit: "won",
  min: 1,
  max: MAX_UNITS,
  need: "trade",
  value: ({ trade }) => trade.price,
  aliases: ["현재가", "가격", "목표가", "주가"],
  words: {
    ko: { name: "현재가", help: "체결 가격" },
    en: { name: "price", help: "The price of the trade" },
  },
  example: "price >= 72000",
} as const satisfies MeasureSpec;
