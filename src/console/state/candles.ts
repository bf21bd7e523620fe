import type { CandleInterval } from "../../ports/series_store.ts";
import type { Trade } from "../../market/trade.ts";
import { seoulDay, startOfSeoulDay, weekdayOf } from "../../market/seoul_time.ts";

/** A candle as the chart draws it; `start` is epoch ms. */
export interface ChartCandle {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** What a candle of the chart may be of. */
export const CHART_INTERVALS = ["1m", "3m", "5m", "10m", "15m", "30m", "60m", "1d", "1w"] as const;
export type ChartInterval = typeof CHART_INTERVALS[number];

const MINUTE_MS = 60_000;
/** Longer without trades is a night or a closed market, not a gap, minutes. */
const LONGEST_GAP = 90;

/** Minutes of a candle; undefined: of days. */
export function minutesOf(interval: ChartInterval): number | undefined {
  return interval.endsWith("m") ? Number.parseInt(interval) : undefined;
}

/** What the API is asked for: its candles are put together here, so a chart has the prices that every other reader has. */
export function sourceInterval(interval: ChartInterval): CandleInterval {
  return minutesOf(interval) === undefined ? "1d" : "1m";
}

/**
 * The start of the candle a time falls into; days begin at 00:00 in Seoul, which has no summer time, weeks on Monday.
 * Seoul is whole hours from UTC, so minutes of an hour agree.
 */
export function candleStart(time: number, interval: ChartInterval): number {
  const minutes = minutesOf(interval);
  if (minutes !== undefined) return time - time % (minutes * MINUTE_MS);
  const day = seoulDay(time);
  return startOfSeoulDay(interval === "1d" ? day : day - (weekdayOf(day) + 6) % 7);
}

/** Puts candles of the API's interval, ascending, together to a longer one. */
export function groupCandles(candles: readonly ChartCandle[], interval: ChartInterval): ChartCandle[] {
  const grouped: ChartCandle[] = [];
  for (const candle of candles) {
    const start = candleStart(candle.start, interval);
    const last = grouped.at(-1);
    if (last?.start === start) grouped[grouped.length - 1] = joined(last, candle);
    else grouped.push({ ...candle, start });
  }
  return grouped;
}

function joined(first: ChartCandle, next: ChartCandle): ChartCandle {
  return {
    start: first.start,
    open: first.open,
    high: Math.max(first.high, next.high),
    low: Math.min(first.low, next.low),
    close: next.close,
    volume: first.volume + next.volume,
  };
}

/**
 * The newest candle with one more trade in it, or a new candle. Undefined for a trade that forms no candle: an expected
 * price, or one older than the newest candle. A day's candle takes the exchange's own figures from the trade.
 */
export function withTrade(
  last: ChartCandle | undefined,
  trade: Trade,
  interval: ChartInterval,
): ChartCandle | undefined {
  if (isExpected(trade)) return undefined;
  const start = candleStart(trade.eventTime, interval);
  if (last !== undefined && start < last.start) return undefined;
  const { price } = trade;
  if (interval === "1d") {
    const { open, high, low, accVolume } = trade;
    return { start, open, high, low, close: price, volume: accVolume };
  }
  const one = { start, open: price, high: price, low: price, close: price, volume: trade.volume };
  return last === undefined || start > last.start ? one : joined(last, one);
}

/** A place in the chart without a candle. */
export interface Hole {
  readonly start: number;
}

/** Candles with a hole for each one that is missing between two: what was not seen is not drawn together. */
export function withHoles(candles: readonly ChartCandle[], interval: ChartInterval): (ChartCandle | Hole)[] {
  const minutes = minutesOf(interval);
  if (minutes === undefined) return [...candles];
  const stepMs = minutes * MINUTE_MS;
  const places: (ChartCandle | Hole)[] = [];
  for (const candle of candles) {
    const last = places.at(-1)?.start;
    if (last !== undefined && candle.start - last <= LONGEST_GAP * MINUTE_MS) {
      for (let start = last + stepMs; start < candle.start; start += stepMs) places.push({ start });
    }
    places.push(candle);
  }
  return places;
}

/** The mean of the last `length` closes at each candle that has so many before it. */
export function movingAverage(
  candles: readonly ChartCandle[],
  length: number,
): { readonly start: number; readonly value: number }[] {
  const means: { start: number; value: number }[] = [];
  let sum = 0;
  candles.forEach(({ start, close }, at) => {
    sum += close - (candles[at - length]?.close ?? 0);
    if (at >= length - 1) means.push({ start, value: sum / length });
  });
  return means;
}

/** Whether it is the expected price of an auction, not a trade that was made. */
export function isExpected(trade: Trade): boolean {
  return trade.session !== undefined && trade.session !== "0";
}
