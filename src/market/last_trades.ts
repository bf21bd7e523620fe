import { marketSessionOf } from "./market_session.ts";
import type { LastTrade, MinuteCandle } from "./minute_candle.ts";
import { seoulDay } from "./seoul_time.ts";
import type { Symbol } from "./symbol.ts";

/** The highest and lowest price of a symbol's day, won. */
export interface SeenRange {
  /** As `seoulDay` numbers them. */
  readonly day: number;
  high: number;
  low: number;
}

/** What closed candles say of what their symbols' days came to. */
export interface CandleEnds {
  /** Each symbol's last trade of each session, ascending by time. */
  readonly lasts: readonly LastTrade[];
  /** The range of each symbol's newest day. */
  readonly ranges: ReadonlyMap<Symbol, SeenRange>;
}

/**
 * The last trades and ranges that a restart begins with.
 *
 * @param candles in the order in which they were written.
 */
export function candleEnds(candles: Iterable<MinuteCandle>): CandleEnds {
  const lasts = new Map<string, LastTrade>();
  const ranges = new Map<Symbol, SeenRange>();
  for (const { symbol, start, high, low, last } of candles) {
    for (const one of last) {
      const key = `${symbol}/${marketSessionOf(one.trade)}`;
      if ((lasts.get(key)?.trade.eventTime ?? 0) <= one.trade.eventTime) lasts.set(key, one);
    }
    const day = seoulDay(start);
    const range = ranges.get(symbol);
    if (range === undefined || range.day < day) ranges.set(symbol, { day, high, low });
    else if (range.day === day) {
      range.high = Math.max(range.high, high);
      range.low = Math.min(range.low, low);
    }
  }
  return { lasts: [...lasts.values()].sort((a, b) => a.trade.eventTime - b.trade.eventTime), ranges };
}
