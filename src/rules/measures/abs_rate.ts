import { RATE_SCALE } from "../../market/decimal.ts";
import { decimalUnits, type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Per cent against yesterday's close, up or down. */
export const absRate = {
  params: [],
  scale: RATE_SCALE,
  unit: "percent",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => decimalUnits(Math.abs(trade.rate), RATE_SCALE),
  aliases: ["등락폭", "변동률"],
  words: {
    ko: { name: "등락폭", help: "전일 종가 대비 %, 오르든 내리든" },
    en: { name: "change rate, up or down", help: "Per cent against yesterday's close, up or down" },
  },
  example: "abs_rate >= 5",
} as const satisfies MeasureSpec;
