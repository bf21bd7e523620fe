import { ANY, type MeasureSpec } from "./measure.ts";

/** 1 at the upper price limit, -1 at the lower, else 0: the feed's sign (KIS PRDY_VRSS_SIGN 1 and 4). */
export const limit = {
  params: [],
  scale: 0,
  unit: "flag",
  ...ANY,
  min: -1,
  max: 1,
  need: "trade",
  value: ({ trade }) => trade.sign === "1" ? 1 : trade.sign === "4" ? -1 : 0,
  aliases: ["상하한가", "상/하한가"],
  words: {
    ko: {
      name: "상/하한가",
      help: "상한가 1, 하한가 -1, 그 밖에는 0",
      states: {
        "1": { is: "상한가 도달", becomes: "상한가 도달" },
        "-1": { is: "하한가 도달", becomes: "하한가 도달" },
        "-1,0": { is: "상한가 아님", becomes: "상한가 풀림" },
        "0,1": { is: "하한가 아님", becomes: "하한가 풀림" },
      },
    },
    en: {
      name: "price limit",
      help: "1 at the upper limit, -1 at the lower, else 0",
      states: {
        "1": { is: "the upper price limit is reached", becomes: "the upper price limit is reached" },
        "-1": { is: "the lower price limit is reached", becomes: "the lower price limit is reached" },
        "-1,0": { is: "the price is off the upper limit", becomes: "the upper limit is left" },
        "0,1": { is: "the price is off the lower limit", becomes: "the lower limit is left" },
      },
    },
  },
  example: "limit >= 1",
} as const satisfies MeasureSpec;
