import { MAX_DAILY_CANDLES } from "../../market/reference.ts";
import {
  candlesKept,
  INTERVAL_MINUTES,
  LOOK_BACK_DAYS,
  lookBackFrom,
  type MinuteInterval,
} from "../../market/look_back.ts";
import type { Param } from "../condition.ts";
import type { Need, ParamSpec, Progress, Snapshot } from "./measure.ts";
import { dayOfMinute, firstMinuteOf } from "./minutes.ts";

/** Intervals of an indicator's candles. */
export const INTERVALS = ["1d", ...Object.keys(INTERVAL_MINUTES) as MinuteInterval[]] as const;
export type Interval = typeof INTERVALS[number];

/** The parameter that names the interval: the last of each indicator. */
export const INTERVAL: ParamSpec = { name: "interval", words: INTERVALS, default: "1d" };

/** What an indicator is made with: how many closed candles it reads, by its parameters but the interval. */
export type ClosesWanted = (numbers: readonly number[]) => number;

/** The interval of an indicator's parameters. */
export function intervalOf(params: readonly Param[]): Interval {
  return INTERVALS.find((interval) => interval === params.at(-1)) ?? "1d";
}

/** An indicator's parameters but the interval. */
export function numbersOf(params: readonly Param[]): readonly number[] {
  return params.slice(0, -1).map(Number);
}

/**
 * The closes of the last candles before the one that forms, oldest first. Days are those of the reference; candles of
 * minutes begin at full multiples of the interval, a time without a trade has none, and those of the trading days that
 * {@link LOOK_BACK_DAYS} names count.
 */
function closesBefore({ minutes, reference }: Snapshot, interval: Interval): readonly number[] {
  if (interval === "1d") return reference?.candles.map(({ close }) => close) ?? [];
  if (minutes === undefined) return [];
  const length = INTERVAL_MINUTES[interval];
  const forming = Math.floor(minutes.now / length);
  const first = firstMinuteOf(lookBackFrom(dayOfMinute(minutes.now), LOOK_BACK_DAYS[interval]));
  const closes: number[] = [];
  let last = NaN;
  for (const { minute, close } of minutes.sums) {
    const candle = Math.floor(minute / length);
    if (minute < first || candle >= forming) continue;
    if (candle === last) closes[closes.length - 1] = close;
    else closes.push(close);
    last = candle;
  }
  return closes;
}

/** What all indicators have in common, by how many closed candles one reads. */
export function indicator(wanted: ClosesWanted): {
  readonly need: "candles";
  readonly needOf: (params: readonly Param[]) => Need;
  readonly lookBack: (params: readonly Param[]) => number | undefined;
  readonly refuse: (params: readonly Param[]) => string | undefined;
  readonly progress: (at: Snapshot, params: readonly Param[]) => Progress;
} {
  return {
    need: "candles",
    needOf: (params) => intervalOf(params) === "1d" ? "reference" : "candles",
    lookBack: (params) => {
      const interval = intervalOf(params);
      return interval === "1d" ? undefined : LOOK_BACK_DAYS[interval];
    },
    refuse: (params) => {
      const interval = intervalOf(params);
      const count = wanted(numbersOf(params));
      const kept = interval === "1d" ? MAX_DAILY_CANDLES : candlesKept(interval);
      return count <= kept ? undefined : `reads ${count} candles of ${interval}; ${kept} are kept`;
    },
    progress: (at, params) => {
      const interval = intervalOf(params);
      const want = wanted(numbersOf(params));
      return { have: Math.min(want, closesBefore(at, interval).length), want, of: `candles of ${interval}` };
    },
  };
}

/** The closes that an indicator reads, oldest first; undefined while there are too few. */
export function lastCloses(
  at: Snapshot,
  params: readonly Param[],
  count: number,
): readonly number[] | undefined {
  const closes = closesBefore(at, intervalOf(params));
  return closes.length < count ? undefined : closes.slice(closes.length - count);
}

/** The plain mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** One step of an exponential moving average of so many candles. */
export function emaStep(average: number, value: number, length: number): number {
  return average + 2 / (length + 1) * (value - average);
}
