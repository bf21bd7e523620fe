import { ANY, type MeasureSpec } from "./measure.ts";
import { closeBack, LAST_MINUTES, minutesIn, pastMinutes } from "./minutes.ts";

/** Won that the price has moved in so many minutes: against the same close as `move`. */
export const moveWon = {
  ...LAST_MINUTES,
  scale: 0,
  unit: "won",
  ...ANY,
  value: (at, params) => {
    const close = closeBack(at, minutesIn(params[0]));
    return close === undefined ? undefined : at.trade.price - close;
  },
  progress: (at, params) => pastMinutes(at, minutesIn(params[0])),
  aliases: ["급등락폭", "분간변동폭"],
  words: {
    ko: { name: "{0}간 변동폭", help: "N분 전 가격과의 차이, 원" },
    en: { name: "move in won in {0}", help: "Won of the price against what it was so many minutes ago" },
  },
  example: "move_won(5m) >= 1000",
} as const satisfies MeasureSpec;
