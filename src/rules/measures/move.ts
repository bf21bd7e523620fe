import { RATE_SCALE } from "../../market/decimal.ts";
import { ANY, type MeasureSpec, percent } from "./measure.ts";
import { closeBack, LAST_MINUTES, minutesIn, pastMinutes } from "./minutes.ts";

/**
 * Per cent that the price has moved in so many minutes: against the close of the last minute of today that had ended by
 * then, `(price - close) / close`. At 10:05:30, `move(5m)` reads the close of 09:59.
 */
export const move = {
  ...LAST_MINUTES,
  scale: RATE_SCALE,
  unit: "percent",
  ...ANY,
  value: (at, params) => {
    const close = closeBack(at, minutesIn(params[0]));
    return close === undefined ? undefined : percent(at.trade.price - close, close);
  },
  progress: (at, params) => pastMinutes(at, minutesIn(params[0])),
  aliases: ["급등락률", "분간변동률"],
  words: {
    ko: { name: "{0}간 변동률", help: "N분 전 가격 대비 현재가 %" },
    en: { name: "move in {0}", help: "Per cent of the price against what it was so many minutes ago" },
  },
  example: "move(5m) >= 3",
} as const satisfies MeasureSpec;
