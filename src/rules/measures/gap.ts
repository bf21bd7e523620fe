import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, baseOf, type MeasureSpec, percent } from "./measure.ts";

/** Per cent of the day's open against the base price: `(open - base) / base`. Not known before the opening. */
export const gap = {
  params: [],
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  need: "trade",
  value: ({ trade }) => trade.open > 0 ? percent(trade.open - baseOf(trade), baseOf(trade)) : undefined,
  aliases: ["갭", "시가갭"],
  words: {
    ko: { name: "시가 갭", help: "기준가 대비 시가 %" },
    en: { name: "opening gap", help: "Per cent of the open against the base price" },
  },
  example: "gap >= 3",
} as const satisfies MeasureSpec;
