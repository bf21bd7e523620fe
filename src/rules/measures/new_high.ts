import { FLAG, type MeasureSpec } from "./measure.ts";
import { highBeforeToday, newStates, OF_SPAN, spanOf } from "./spans.ts";

/**
 * 1 on a trade above everything of the span before it, today's earlier trades included, else 0. The day's first trade is
 * no new high of the day: there is nothing that it passes. A trade below the day's high that the feed names (one that
 * was missed made it) is none either.
 */
export const newHigh = {
  ...OF_SPAN,
  ...FLAG,
  value: ({ trade, highBefore, reference }, params) => {
    const before = highBeforeToday(reference, spanOf(params));
    if (before === undefined) return undefined;
    const passed = Math.max(before, highBefore);
    return passed > 0 && trade.price > passed && trade.price >= trade.high ? 1 : 0;
  },
  aliases: ["신고가"],
  words: {
    ko: {
      name: "{0} 신고가",
      help: "신고가를 만든 체결이면 1",
      states: newStates("{0} 신고가", "{0} 신고가 아님"),
    },
    en: {
      name: "new {0} high",
      help: "1 on the trade that makes a new high",
      states: newStates("a new {0} high", "no new {0} high"),
    },
  },
  example: "new_high(52w) >= 1",
} as const satisfies MeasureSpec;
