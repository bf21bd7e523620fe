import type { Param } from "../condition.ts";
import { type MeasureSpec, NOT_NEGATIVE, ratio, type Snapshot } from "./measure.ts";
import {
  dayOfMinute,
  firstMinuteOf,
  LAST_MINUTES,
  minutesIn,
  sessionMinute,
  sumOf,
  today,
  volumeOf,
} from "./minutes.ts";

/** Earlier pieces that there must be. */
const FEWEST_PIECES = 6;

/**
 * The volume of the last N minutes over the mean of such pieces before it: all whole pieces of N minutes since the market
 * session (by the venue's hours) and the day's first trade began, at least six. `V / (sum of k pieces / k)`, two decimals,
 * half away from zero. No value while nothing was traded in them.
 */
export const volumeRatio = {
  ...LAST_MINUTES,
  scale: 2,
  unit: "times",
  ...NOT_NEGATIVE,
  value: (at, params) => {
    const length = minutesIn(params[0]);
    const shares = volumeOf(at, length);
    const pieces = piecesBefore(at, length);
    if (shares === undefined || pieces < FEWEST_PIECES || at.minutes === undefined) return undefined;
    const { now } = at.minutes;
    const earlier = sumOf(today(at.minutes, now - length - pieces * length + 1, now - length));
    return earlier > 0 ? ratio(shares * pieces, earlier, 2) : undefined;
  },
  progress: (at: Snapshot, params: readonly Param[]) => {
    const length = minutesIn(params[0]);
    const have = Math.min(FEWEST_PIECES, piecesBefore(at, length));
    return { have, want: FEWEST_PIECES, of: `pieces of ${length} minutes since the session began` };
  },
  aliases: ["거래량배수", "거래량비"],
  words: {
    ko: { name: "{0}간 거래량 배수", help: "최근 N분 거래량 ÷ 장 시작 후 N분 평균 거래량, 배" },
    en: {
      name: "volume ratio of {0}",
      help: "Volume of the last minutes over the mean of such pieces since the session began, times",
    },
  },
  example: "volume_ratio(5m) >= 5",
} as const satisfies MeasureSpec;

/** How many whole pieces there are before the one that ends now. */
function piecesBefore({ minutes, trade }: Snapshot, length: number): number {
  if (minutes === undefined) return 0;
  const { now, sums } = minutes;
  const day = firstMinuteOf(dayOfMinute(now));
  const first = sums.find(({ minute }) => minute >= day)?.minute;
  if (first === undefined) return 0;
  return Math.max(0, Math.floor((now - length + 1 - Math.max(first, sessionMinute(trade))) / length));
}
