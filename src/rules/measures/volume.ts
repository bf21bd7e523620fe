import { type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";
import { LAST_MINUTES, minutesIn, volumeOf } from "./minutes.ts";

/**
 * Shares traded in the last minutes of today: the minute that forms, with this trade, and those before it. `volume(5m)` at
 * 10:05:30 counts from 10:01:00. Not known of a price that was asked for.
 */
export const volume = {
  ...LAST_MINUTES,
  scale: 0,
  unit: "shares",
  ...NOT_NEGATIVE,
  value: (at, params) => volumeOf(at, minutesIn(params[0])),
  aliases: ["분간거래량", "최근거래량"],
  words: {
    ko: { name: "{0}간 거래량", help: "최근 N분 동안의 거래량" },
    en: { name: "volume in {0}", help: "Shares traded in the last minutes, the one that forms included" },
  },
  example: "volume(5m) >= 100000",
} as const satisfies MeasureSpec;
