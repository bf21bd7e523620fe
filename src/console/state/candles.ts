import type { CandleInterval } from "../../ports/series_store.ts";
import type { Trade } from "../../market/trade.ts";

/** A candle as the chart draws it; `start` is epoch ms. */
export interface ChartCandle {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const SEOUL_OFFSET_MS = 9 * 3_600_000;
const DAY_MS = 86_400_000;

/** The start of the candle a time falls into; days begin at 00:00 in Seoul, which has no summer time. */
export function candleStart(time: number, interval: CandleInterval): number {
  if (interval === "1m") return time - time % 60_000;
  const inSeoul = time + SEOUL_OFFSET_MS;
  return inSeoul - inSeoul % DAY_MS - SEOUL_OFFSET_MS;
}

/**
 * The newest candle with one more trade in it, or a new candle. Undefined for a trade that forms no candle: an expected
 * price, or one older than the newest candle. A day's candle takes the exchange's own figures from the trade.
 */
export function withTrade(
  last: ChartCandle | undefined,
  trade: Trade,
  interval: CandleInterval,
): ChartCandle | undefined {
  if (isExpected(trade)) return undefined;
  const start = candleStart(trade.eventTime, interval);
  if (last !== undefined && start < last.start) return undefined;
  const { price } = trade;
  if (interval === "1d") {
    const { open, high, low, accVolume } = trade;
    return { start, open, high, low, close: price, volume: accVolume };
  }
  if (last === undefined || start > last.start) {
    return { start, open: price, high: price, low: price, close: price, volume: trade.volume };
  }
  return {
    start,
    open: last.open,
    high: Math.max(last.high, price),
    low: Math.min(last.low, price),
    close: price,
    volume: last.volume + trade.volume,
  };
}

/** Whether it is the expected price of an auction, not a trade that was made. */
export function isExpected(trade: Trade): boolean {
  return trade.session !== undefined && trade.session !== "0";
}
