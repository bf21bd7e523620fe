import { type MeasureSpec, NOT_NEGATIVE } from "./measure.ts";

/** Won of this trade, price times volume, in units of 10,000 won, cut. Not known of a price that was asked for. */
export const tradeValue = {
  params: [],
  scale: -4,
  unit: "won",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade }) =>
    trade.origin === "polled" ? undefined : Math.floor(trade.price * trade.volume / 10_000),
  aliases: ["체결대금", "체결금액"],
  words: {
    ko: { name: "체결 대금", help: "이 체결의 대금(만원 단위)" },
    en: { name: "value of the trade", help: "Won of this trade, in steps of 10,000" },
  },
  example: "trade_value >= 500000000",
} as const satisfies MeasureSpec;
