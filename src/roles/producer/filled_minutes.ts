import { type MinuteBar, tradesOfMinutes } from "../../market/minute_trades.ts";
import type { Trade } from "../../market/trade.ts";
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
