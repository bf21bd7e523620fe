import {
  type ChartBar,
  type ChartInterval,
  intervalLength,
  intervalStart,
  partsOf,
} from "../../market/chart_interval.ts";
import type { Trade } from "../../market/trade.ts";

/** A candle as the chart draws it; `start` is epoch ms. */
export type ChartCandle = ChartBar;

/** Longer without trades is a night or a closed market, not a gap, ms. */
const LONGEST_GAP_MS = 90 * 60_000;

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
  const start = intervalStart(interval, trade.eventTime);
  if (last !== undefined && start < last.start) return undefined;
  const { price } = trade;
  if (interval === "1d") {
    const { open, high, low, accVolume } = trade;
    return { start, open, high, low, close: price, volume: accVolume };
  }
  const one = { start, open: price, high: price, low: price, close: price, volume: trade.volume };
  return last === undefined || start > last.start ? one : joined(last, one);
}

/**
 * Puts a trade into candles, ascending: the newest grows, or another begins.
 *
 * @returns the candle that the trade is in; undefined when it forms none, see {@link withTrade}.
 */
export function growCandles(
  candles: ChartCandle[],
  trade: Trade,
  interval: ChartInterval,
): ChartCandle | undefined {
  const last = candles.at(-1);
  const candle = withTrade(last, trade, interval);
  if (candle === undefined) return undefined;
  if (candle.start === last?.start) candles.pop();
  candles.push(candle);
  return candle;
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
