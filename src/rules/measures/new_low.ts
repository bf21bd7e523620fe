import { FLAG, type MeasureSpec } from "./measure.ts";
import { lowBeforeToday, newStates, OF_SPAN, spanOf } from "./spans.ts";

/** 1 on a trade below everything of the span before it, today's earlier trades included, else 0; see `new_high`. */
export const newLow = {
  ...OF_SPAN,
  ...FLAG,
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
      states: newStates("{0} 신저가", "{0} 신저가 아님"),
    },
    en: {
      name: "new {0} low",
      help: "1 on the trade that makes a new low",
      states: newStates("a new {0} low", "no new {0} low"),
    },
  },
  example: "new_low(52w) >= 1",
} as const satisfies MeasureSpec;
