import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";

/** Per cent of the price against the day's open: `(price - open) / open`. Not known before the opening. */
export const fromOpen = {
  params: [],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  need: "trade",
  value: ({ trade }) => percent(trade.price - trade.open, trade.open),
  aliases: ["시가대비", "시가대비등락률"],
  words: {
    ko: { name: "시가 대비 등락률", help: "시가 대비 현재가 %" },
    en: { name: "change from the open", help: "Per cent of the price against the day's open" },
  },
  example: "from_open >= 5",
} as const satisfies MeasureSpec;
