import { decimalUnits, type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** 체결강도, per cent: bought against sold volume, 100 in balance. KIS CTTR. Not known where the feed leaves it out. */
export const strength = {
  params: [],
  scale: 2,
  unit: "percent",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => decimalUnits(trade.strength, 2),
  aliases: ["체결강도"],
  words: {
    ko: { name: "체결강도", help: "매도 체결 대비 매수 체결 %, 100이면 균형" },
    en: { name: "strength", help: "Bought against sold volume in per cent, 100 in balance" },
  },
  example: "strength >= 150",
} as const satisfies MeasureSpec;
