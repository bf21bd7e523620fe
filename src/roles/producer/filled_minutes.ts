import { againstClose } from "../../market/day_range.ts";
import type { MinuteRange } from "../../market/minute_ranges.ts";
import { type MinuteBar, tradesOfMinutes } from "../../market/minute_trades.ts";
import type { Trade } from "../../market/trade.ts";
import type { HoleMinute } from "./gap_pages.ts";
import type { TradeGap } from "./missed.ts";

/**
 * Minutes of a gap as trades, marked as filled: for what lies further back than REST's trades are followed. Cumulative
 * volumes go on from the trade before the gap and stay below those of the first trade that REST had.
 *
 * @param minutes whole minutes of the gap, oldest first.
 * @param upTo shares traded so far where REST's trades begin.
 */
export function filledMinutes(gap: TradeGap, minutes: readonly MinuteBar[], upTo: number): readonly Trade[] {
  const { next, before, symbol, after } = gap;
  const day = {
    symbol,
    previousClose: next.price - next.change,
    ...(next.venue === "UN" || next.venue === "NXT" ? { venue: next.venue } : {}),
  };
  return tradesOfMinutes(minutes, day).map((trade) => ({
    ...trade,
    open: next.open,
    high: Math.max(trade.high, before?.high ?? 0),
    low: Math.min(trade.low, before?.low || Infinity),
    accVolume: Math.min(after + trade.accVolume, upTo),
    accValue: (before?.accValue ?? 0) + trade.accValue,
    origin: "filled",
  }));
}

/**
 * The high and low of a minute that lie beyond all trades of it that are known: they were traded by those that are not. When
 * in the minute, and with what volume, is not known: their volume is 0.
 */
export function unseenInMinute(
  { bar, after, start }: HoleMinute,
  { seen, next }: { readonly seen: MinuteRange; readonly next: Trade },
): readonly Trade[] {
  const prices = [
    ...(bar.high > seen.high ? [bar.high] : []),
    ...(bar.low < seen.low && bar.low !== bar.high ? [bar.low] : []),
  ];
  return prices.map((price) => ({
    symbol: next.symbol,
    eventTime: Math.max(start, after.eventTime - (after.eventTime % 1_000)),
    price,
    ...againstClose(price, next.price - next.change),
    open: next.open,
    high: Math.max(price, after.high),
    low: Math.min(price, after.low || price),
    volume: 0,
    accVolume: after.accVolume,
    accValue: after.accValue,
    ask: 0,
    bid: 0,
    halted: "N",
    ...(next.venue === undefined ? {} : { venue: next.venue }),
    origin: "filled",
  }));
}
