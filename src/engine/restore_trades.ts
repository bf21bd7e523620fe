import { candleEnds, type SeenRange } from "../market/last_trades.ts";
import { MARKET_SESSIONS, type MarketSession, marketSessionOf } from "../market/market_session.ts";
import type { LastTrade, MinuteCandle } from "../market/minute_candle.ts";
import type { Trade } from "../market/trade.ts";
import {
  SESSION_HIGH,
  SESSION_LOW,
  SESSION_SIZE,
  STATE_DAY,
  STATE_HIGH,
  STATE_LOW,
  STATE_ORDER,
  STATE_SESSIONS,
  STATE_WRITTEN,
} from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";
import type { Symbols } from "./symbols.ts";
import type { Views } from "./views.ts";

/** What restoring is done with. */
export interface RestoreOptions {
  readonly symbols: Symbols;
  readonly views: Views;
  readonly wasm: EngineExports;
  /** Takes trades as the last ones, ascending by time. */
  readonly evaluate: (trades: readonly Trade[]) => void;
  readonly closed: (candle: MinuteCandle) => void;
}

/** Trades that are given to the module at once. */
const BATCH = 1_000;

/** Gives each symbol its last trade of each session back, and the range of its day. */
export function restoreLastTrades(candles: Iterable<MinuteCandle>, options: RestoreOptions): void {
  const known = [...candles];
  for (const candle of known) options.closed(candle);
  const { lasts, ranges } = candleEnds(known);
  for (let from = 0; from < lasts.length; from += BATCH) {
    options.evaluate(lasts.slice(from, from + BATCH).map(({ trade }) => trade));
  }
  for (const last of lasts) writeBefore(last, marketSessionOf(last.trade), options);
  for (const [symbol, range] of ranges) writeRange(symbol, range, options);
}

function writeBefore({ trade, high, low }: LastTrade, session: MarketSession, options: RestoreOptions): void {
  const { symbols, views, wasm } = options;
  const state = wasm.stateAddress(symbols.indexOf(trade.symbol)) >>> 0;
  const at = (state + STATE_SESSIONS + MARKET_SESSIONS.indexOf(session) * SESSION_SIZE) >> 2;
  const { i32 } = views;
  i32[at + (SESSION_HIGH >> 2)] = high;
  i32[at + (SESSION_LOW >> 2)] = low;
  // They stand in the candles that were read back.
  i32[(state + STATE_WRITTEN) >> 2] = i32[(state + STATE_ORDER) >> 2] as number;
}

function writeRange(
  symbol: string,
  { day, high, low }: SeenRange,
  { symbols, views, wasm }: RestoreOptions,
): void {
  const at = (wasm.stateAddress(symbols.indexOf(symbol)) >>> 0) >> 2;
  const { i32, u32 } = views;
  if (u32[at + (STATE_DAY >> 2)] !== day) return;
  i32[at + (STATE_HIGH >> 2)] = high;
  i32[at + (STATE_LOW >> 2)] = low;
}
