import { decimalUnits, type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Today's volume in per cent of yesterday's at this time. KIS PRDY_SMNS_HOUR_ACML_VOL_RATE. */
export const volumeRate = {
  params: [],
  scale: 2,
  unit: "percent",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) => decimalUnits(trade.previousVolumeRate, 2),
  aliases: ["거래량비율", "전일동시간대비거래량"],
  words: {
    ko: { name: "전일 동시간 대비 거래량", help: "전일 같은 시각까지의 거래량 대비 %" },
    en: { name: "volume against yesterday", help: "Per cent of yesterday's volume at this time" },
  },
  example: "volume_rate >= 300",
} as const satisfies MeasureSpec;
