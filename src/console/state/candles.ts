import {
  type ChartBar,
  type ChartInterval,
  foldBars,
  intervalLength,
  intervalStart,
  partsOf,
} from "../../market/chart_interval.ts";
import type { Trade } from "../../market/trade.ts";
import { makesCandles } from "../../ports/series_points.ts";

/** A candle as the chart draws it; `start` is epoch ms. */
export type ChartCandle = ChartBar;

/** Longer without trades is a night or a closed market, not a gap, ms. */
const LONGEST_GAP_MS = 90 * 60_000;

/**
 * The newest minute or day with one more trade in it, or a new one. Undefined for a trade that makes no candle, or one that
 * is older. A day takes the exchange's own figures from the trade.
 */
export function withTrade(
  last: ChartCandle | undefined,
  trade: Trade,
  of: "1m" | "1d",
): ChartCandle | undefined {
  if (!makesCandles(trade)) return undefined;
  const start = intervalStart(of, trade.eventTime);
  if (last !== undefined && start < last.start) return undefined;
  const { price: close, volume } = trade;
  if (of === "1d") {
    const { open, high, low, accVolume } = trade;
    return { start, open, high, low, close, volume: accVolume };
  }
  const one = { start, open: close, high: close, low: close, close, volume };
  return last === undefined ? one : foldBars([last, one], "1m").at(-1);
}

/** A place in the chart without a candle. */
export interface Hole {
  readonly start: number;
}

/** Candles with a hole for each one that is missing between two: what was not seen is not drawn together. */
export function withHoles(candles: readonly ChartCandle[], interval: ChartInterval): (ChartCandle | Hole)[] {
  if (partsOf(interval).of === "1d") return [...candles];
  const stepMs = intervalLength(interval);
  const places: (ChartCandle | Hole)[] = [];
  for (const candle of candles) {
    const last = places.at(-1)?.start;
    if (last !== undefined && candle.start - last <= LONGEST_GAP_MS) {
      for (let start = last + stepMs; start < candle.start; start += stepMs) places.push({ start });
    }
    places.push(candle);
  }
  return places;
}

/** How many places, holes included, stand before a candle: so far what is seen moves when older ones come. */
export function placesBefore(places: readonly Hole[], start: number): number {
  return Math.max(0, places.findIndex((place) => place.start === start));
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
