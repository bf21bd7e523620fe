import type { Symbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";

/** The last trade of a session within a minute, with what its symbol's day was before it. */
export interface LastTrade {
  /** With the fields that measures need; it may have others. */
  readonly trade: Trade;
  /** The highest and lowest price of the day's counted trades before it, won; 0: there was none. */
  readonly high: number;
  readonly low: number;
}

/**
 * A closed minute of a symbol, as it stands on the `candles` topic: of its counted trades, on whatever venue. Written
 * again when a trade comes that belongs to it; the newest of a minute is the one that counts.
 */
export interface MinuteCandle {
  readonly symbol: Symbol;
  /** Epoch ms. */
  readonly start: number;
  /** Won. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Shares, and won. */
  readonly volume: number;
  readonly value: number;
  readonly trades: number;
  /** The last trade of each session that the minute has trades of; of one session the latest counts. */
  readonly last: readonly LastTrade[];
}
