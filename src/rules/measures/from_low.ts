import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";
import { lowNow, OF_SPAN, spanOf } from "./spans.ts";

/** Per cent of the price against the span's lowest price, today included: 0 at the low, positive above it. */
export const fromLow = {
  ...OF_SPAN,
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  value: (at, params) => {
    const low = lowNow(at, spanOf(params));
    return low === undefined ? undefined : percent(at.trade.price - low, low);
  },
  aliases: ["저가대비", "저점대비"],
  words: {
    ko: { name: "{0} 저가 대비 등락률", help: "저가 대비 현재가 %, 저가에서 0" },
    en: { name: "distance from the {0} low", help: "Per cent of the price against the low, 0 at it" },
  },
  example: "from_low(20d) >= 30",
} as const satisfies MeasureSpec;
