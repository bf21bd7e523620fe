import type { Symbol } from "./symbol.ts";
import { type Trade, TRADE_KEYS } from "./trade.ts";

/** The last trade of a session within a minute, with what its symbol's day was before it. */
export interface LastTrade {
  /** With the fields that measures need, no others. */
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

/** What is kept of a last trade besides the keys that every trade has. */
const OPTIONAL = [
  "venue",
  "marketSession",
  "origin",
  "strength",
  "turnover",
  "viBase",
  "previousVolumeRate",
  "totalBidSize",
  "totalAskSize",
] as const;

/** A trade with the fields that measures need. */
export function measuredPart(trade: Trade): Trade {
  const part: Record<string, unknown> = {};
  for (const key of TRADE_KEYS) part[key] = trade[key];
  for (const key of OPTIONAL) if (trade[key] !== undefined) part[key] = trade[key];
  return part as unknown as Trade;
}
