import { FLAG, type MeasureSpec } from "./measure.ts";

/** 1 at either price limit, else 0. */
export const absLimit = {
  params: [],
  ...FLAG,
  need: "trade",
  value: ({ trade }) => trade.sign === "1" || trade.sign === "4" ? 1 : 0,
  aliases: ["상한가또는하한가"],
  words: {
    ko: {
      name: "상한가 또는 하한가",
      help: "상한가나 하한가이면 1",
      states: {
        "1": { is: "상한가 또는 하한가 도달", becomes: "상한가 또는 하한가 도달" },
        "0": { is: "상한가도 하한가도 아님", becomes: "상/하한가 풀림" },
      },
    },
    en: {
      name: "either price limit",
      help: "1 at the upper or the lower limit",
      states: {
        "1": {
          is: "the upper or lower price limit is reached",
          becomes: "the upper or lower price limit is reached",
        },
        "0": { is: "the price is at neither limit", becomes: "the price limit is left" },
      },
    },
  },
  example: "abs_limit >= 1",
} as const satisfies MeasureSpec;
