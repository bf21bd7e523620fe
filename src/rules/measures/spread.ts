import { type MeasureSpec, NOT_NEGATIVE, percent } from "./measure.ts";

/** Best ask less best bid in per cent of their middle: `2 (ask - bid) / (ask + bid)`. Not known with one side only. */
export const spread = {
  params: [],
  scale: 2,
  unit: "percent",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade: { ask, bid } }) => ask > 0 && bid > 0 ? percent(2 * (ask - bid), ask + bid) : undefined,
  aliases: ["호가차", "스프레드"],
  words: {
    ko: { name: "호가 스프레드", help: "최우선 매도·매수 호가의 차이 %" },
    en: { name: "spread", help: "Best ask less best bid in per cent of their middle" },
  },
  example: "spread >= 1",
} as const satisfies MeasureSpec;
