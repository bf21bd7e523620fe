import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";
import { highNow, OF_SPAN, spanOf } from "./spans.ts";

/** Per cent of the price against the span's highest price, today included: 0 at the high, negative below it. */
export const fromHigh = {
  ...OF_SPAN,
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  value: (at, params) => {
    const high = highNow(at, spanOf(params));
    return high === undefined ? undefined : percent(at.trade.price - high, high);
  },
  aliases: ["고가대비", "고점대비"],
  words: {
    ko: { name: "{0} 고가 대비 등락률", help: "고가 대비 현재가 %, 고가에서 0" },
    en: { name: "distance from the {0} high", help: "Per cent of the price against the high, 0 at it" },
  },
  example: "from_high(52w) <= -20",
} as const satisfies MeasureSpec;
