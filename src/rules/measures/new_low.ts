import { FLAG, type MeasureSpec } from "./measure.ts";
import { lowBeforeToday, spanOf, SPANS } from "./spans.ts";

/** 1 on a trade below everything of the span before it, today's earlier trades included, else 0; see `new_high`. */
export const newLow = {
  params: [{ name: "span", words: SPANS, default: "day" }],
  ...FLAG,
  need: "reference",
  value: ({ trade, lowBefore, reference }, params) => {
    const before = lowBeforeToday(reference, spanOf(params));
    if (before === undefined) return undefined;
    const passed = Math.min(before, lowBefore > 0 ? lowBefore : Infinity);
    return passed < Infinity && trade.price < passed && (trade.low === 0 || trade.price <= trade.low) ? 1 : 0;
  },
  aliases: ["신저가"],
  words: {
    ko: {
      name: "{0} 신저가",
      help: "신저가를 만든 체결이면 1",
      states: {
        "1": { is: "{0} 신저가", becomes: "{0} 신저가" },
        "0": { is: "{0} 신저가 아님", becomes: "{0} 신저가 아님" },
      },
    },
    en: {
      name: "new {0} low",
      help: "1 on the trade that makes a new low",
      states: {
        "1": { is: "a new {0} low", becomes: "a new {0} low" },
        "0": { is: "no new {0} low", becomes: "no new {0} low" },
      },
    },
  },
  example: "new_low(52w) >= 1",
} as const satisfies MeasureSpec;
