import { type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Shares of the day so far. KIS ACML_VOL. */
export const dayVolume = {
  params: [],
  scale: 0,
  unit: "shares",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => trade.accVolume,
  aliases: ["거래량", "누적거래량"],
  words: {
    ko: { name: "거래량", help: "당일 누적 거래량" },
    en: { name: "volume of the day", help: "Shares of the day so far" },
  },
  example: "day_volume >= 1000000",
} as const satisfies MeasureSpec;
