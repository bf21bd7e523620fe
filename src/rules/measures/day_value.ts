import { type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Won of the day so far, in units of 10,000 won, cut. KIS ACML_TR_PBMN. */
export const dayValue = {
  params: [],
  scale: -4,
  unit: "won",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => Math.floor(trade.accValue / 10_000),
  aliases: ["거래대금", "누적거래대금"],
  words: {
    ko: { name: "거래대금", help: "당일 누적 거래대금(만원 단위)" },
    en: { name: "value of the day", help: "Won of the day so far, in steps of 10,000" },
  },
  example: "day_value >= 10000000000",
} as const satisfies MeasureSpec;
