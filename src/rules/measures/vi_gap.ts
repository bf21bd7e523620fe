import { STATIC_VI_PERCENT } from "../../market/limits.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";

/**
 * How far the price is from a static volatility interruption, per cent of the price it is measured from (KIS
 * VI_STND_PRC): `10 - |price - base| / base`. 0 or less: it is reached. Not known where the feed leaves the base out.
 */
export const viGap = {
  params: [],
  scale: 2,
  unit: "percent",
  ...ANY,
  need: "trade",
  value: ({ trade: { price, viBase } }) => {
    const away = percent(Math.abs(price - (viBase ?? 0)), viBase ?? 0);
    return away === undefined ? undefined : STATIC_VI_PERCENT * 100 - away;
  },
  aliases: ["VI거리", "VI까지"],
  words: {
    ko: { name: "정적 VI까지 거리", help: "정적 VI 발동까지 남은 %" },
    en: { name: "distance to static VI", help: "Per cent left to a static volatility interruption" },
  },
  example: "vi_gap <= 1",
} as const satisfies MeasureSpec;
