import { decimalUnits, type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Per cent of all listed shares that were traded today. KIS VOL_TNRT. */
export const turnover = {
  params: [],
  scale: 2,
  unit: "percent",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => decimalUnits(trade.turnover, 2),
  aliases: ["회전율", "거래량회전율"],
  words: {
    ko: { name: "회전율", help: "상장주식수 대비 당일 거래량 %" },
    en: { name: "turnover", help: "Per cent of the listed shares traded today" },
  },
  example: "turnover >= 10",
} as const satisfies MeasureSpec;
