import { MAX_UNITS } from "../../market/decimal.ts";
import { type MeasureSpec, NOT_NEGATIVE, ratio } from "./measure.ts";

/** Total bid size over total ask size, times. Without any ask (at the upper limit) it is above every threshold. */
export const bookRatio = {
  params: [],
  scale: 2,
  unit: "times",
  ...NOT_NEGATIVE,
  need: "trade",
  value: ({ trade: { totalBidSize: bids, totalAskSize: asks } }) => {
    if (typeof bids !== "number" || typeof asks !== "number" || (bids === 0 && asks === 0)) return undefined;
    return asks > 0 ? ratio(bids, asks, 2) : MAX_UNITS + 1;
  },
  aliases: ["호가잔량비", "매수잔량비", "잔량비"],
  words: {
    ko: { name: "매수/매도 잔량비", help: "총매도잔량 대비 총매수잔량, 배" },
    en: { name: "book ratio", help: "Total bid size over total ask size, times" },
  },
  example: "book_ratio >= 3",
} as const satisfies MeasureSpec;
