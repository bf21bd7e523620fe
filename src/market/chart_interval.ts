import { DAY_MS, SEOUL_OFFSET_MS, seoulDay, startOfSeoulDay, weekdayOf } from "./seoul_time.ts";

/** How long the candles of a chart are. */
export const CHART_INTERVALS = ["1m", "3m", "5m", "10m", "15m", "30m", "60m", "1d", "1w"] as const;
export type ChartInterval = typeof CHART_INTERVALS[number];

const MINUTE_MS = 60_000;

/** What a candle of a chart says. Won and shares. */
export interface ChartBar {
  /** Epoch ms. */
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Minutes or days that an interval is made of, and how many it has at most. */
export function partsOf(interval: ChartInterval): { readonly of: "1m" | "1d"; readonly count: number } {
  if (interval === "1d") return { of: "1d", count: 1 };
  if (interval === "1w") return { of: "1d", count: 7 };
  return { of: "1m", count: Number.parseInt(interval) };
}

/** Where the interval begins that a time is in, epoch ms: minutes are counted from midnight in Seoul, a week from Monday. */
export function intervalStart(interval: ChartInterval, at: number): number {
  const day = seoulDay(at);
  if (interval === "1d") return startOfSeoulDay(day);
  if (interval === "1w") return startOfSeoulDay(day - (weekdayOf(day) + 6) % 7);
  const length = partsOf(interval).count * MINUTE_MS;
  return Math.floor((at + SEOUL_OFFSET_MS) / length) * length - SEOUL_OFFSET_MS;
}

/** How long an interval is, ms. */
export function intervalLength(interval: ChartInterval): number {
  const { of, count } = partsOf(interval);
  return count * (of === "1m" ? MINUTE_MS : DAY_MS);
}

/** Candles of an interval, made of minutes or of days as {@link partsOf} says, ascending by time as those are. */
export function foldBars<B extends ChartBar>(bars: readonly B[], interval: ChartInterval): B[] {
  const folded: B[] = [];
  for (const bar of bars) {
    const start = intervalStart(interval, bar.start);
    const last = folded.at(-1);
    if (last === undefined || last.start !== start) folded.push({ ...bar, start });
    else {
      folded[folded.length - 1] = {
        ...last,
        high: Math.max(last.high, bar.high),
        low: Math.min(last.low, bar.low),
        close: bar.close,
        volume: last.volume + bar.volume,
      };
    }
  }
  return folded;
}
