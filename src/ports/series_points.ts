/**
 * What every series store has alike: which points can be stored, and how trades become candles.
 *
 * @module
 */
import type { Level, Quote } from "../market/quote.ts";
import { isSymbol, type Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import type { Candle, CandleInterval } from "./series_store.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Asia/Seoul is UTC+9 with no summer time since 1988-10-09. */
const SEOUL_OFFSET_MS = 9 * 3_600_000;
/** 2100-01-01: later event times are a fault of the feed. */
const LATEST_MS = 4_102_444_800_000;

/** Where the interval begins that a time is in, epoch ms: the minute, or the day in Seoul. */
export function candleStart(interval: CandleInterval, at: number): number {
  if (interval === "1m") return Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return Math.floor((at + SEOUL_OFFSET_MS) / DAY_MS) * DAY_MS - SEOUL_OFFSET_MS;
}

/** The length of an interval in ms. */
export function candleLength(interval: CandleInterval): number {
  return interval === "1m" ? MINUTE_MS : DAY_MS;
}

/** Whether a trade makes candles: a real trade, not an auction's expected price and not of a halted symbol. */
export function makesCandles(trade: Trade): boolean {
  return (trade.session === undefined || trade.session === "0") && trade.halted !== "Y";
}

/** Where something was traded. */
export type CandleVenue = NonNullable<Trade["venue"]>;

/** The venues, in the order in which a candle is taken: the consolidated market has the other two. */
export const VENUES: readonly CandleVenue[] = ["UN", "KRX", "NXT"];

/** Whose candles are kept: the stream's closed minutes, of all venues together, and what trades of a venue make. */
export type CandleSource = CandleVenue | "ALL";
/** In the order in which a candle is taken. */
export const CANDLE_SOURCES: readonly CandleSource[] = ["ALL", ...VENUES];

/** The venue of a trade or quote; absent is KRX. */
export function venueOf(point: { readonly venue?: CandleVenue }): CandleVenue {
  return point.venue ?? "KRX";
}

/**
 * One candle for each start, ascending, the newest up to a limit: that of the first of {@link CANDLE_SOURCES} there is. What
 * trades make is kept for each venue, so that two feeds are never mixed in one.
 */
export function oneVenueEach(
  candles: readonly { readonly venue: CandleSource; readonly candle: Candle }[],
  limit: number,
): Candle[] {
  const best = new Map<number, { readonly rank: number; readonly candle: Candle }>();
  for (const { venue, candle } of candles) {
    const rank = CANDLE_SOURCES.indexOf(venue);
    const known = best.get(candle.start);
    // Of the same venue the later one counts: it is of more trades.
    if (known === undefined || rank <= known.rank) best.set(candle.start, { rank, candle });
  }
  const sorted = [...best.values()].map(({ candle }) => candle).sort((a, b) => a.start - b.start);
  return sorted.slice(-Math.max(1, Math.trunc(limit)));
}

/** The candle a fold makes. */
export function minuteCandle({ symbol, start, open, high, low, close, volume }: MinuteFold): Candle {
  return { symbol, interval: "1m", start, open, high, low, close, volume };
}

/** Why a trade cannot be stored, or undefined. */
export function tradeRefusal(trade: Trade): string | undefined {
  const refusal = pointRefusal(trade);
  if (refusal !== undefined) return refusal;
  for (const [key, value] of Object.entries(trade)) {
    if (value === undefined || typeof value === "string" || Number.isFinite(value)) continue;
    return `${key} must be a finite number or a text, got ${String(value)}`;
  }
  for (const key of ["price", "open", "high", "low", "volume", "accVolume"] as const) {
    if (typeof trade[key] !== "number") return `${key} must be a number, got ${typeof trade[key]}`;
  }
  return undefined;
}

/** Why a quote cannot be stored, or undefined. */
export function quoteRefusal(quote: Quote): string | undefined {
  const refusal = pointRefusal(quote);
  if (refusal !== undefined) return refusal;
  return levelsRefusal("asks", quote.asks) ?? levelsRefusal("bids", quote.bids);
}

function levelsRefusal(side: string, levels: readonly Level[]): string | undefined {
  if (!Array.isArray(levels)) return `${side} must be a list of [price, size]`;
  const bad = levels.findIndex((level) => !Number.isFinite(level[0]) || !Number.isFinite(level[1]));
  return bad < 0 ? undefined : `${side}[${bad}] must be [price, size], finite numbers`;
}

function pointRefusal(point: { readonly symbol: Symbol; readonly eventTime: number }): string | undefined {
  if (!isSymbol(point.symbol)) return `symbol must be a KRX short code, got ${String(point.symbol)}`;
  const at = point.eventTime;
  if (Number.isSafeInteger(at) && at >= 0 && at < LATEST_MS) return undefined;
  return `eventTime must be epoch milliseconds before the year 2100, got ${String(at)}`;
}

/** A one-minute candle that is being made; trades may be added in any order, each once. */
export interface MinuteFold {
  readonly symbol: Symbol;
  readonly start: number;
  open: number;
  openAt: number;
  high: number;
  low: number;
  close: number;
  closeAt: number;
  volume: number;
}

/** What of a trade a minute is made of. */
export type MinuteTrade = Pick<Trade, "symbol" | "eventTime" | "price" | "volume">;

/** The fold of a first trade. */
export function startMinute(trade: MinuteTrade): MinuteFold {
  const { symbol, eventTime, price, volume } = trade;
  return {
    symbol,
    start: candleStart("1m", eventTime),
    open: price,
    openAt: eventTime,
    high: price,
    low: price,
    close: price,
    closeAt: eventTime,
    volume,
  };
}

/** Adds a trade of the same minute. */
export function addToMinute(fold: MinuteFold, trade: MinuteTrade): void {
  const { eventTime, price } = trade;
  if (eventTime < fold.openAt) {
    fold.openAt = eventTime;
    fold.open = price;
  }
  if (eventTime >= fold.closeAt) {
    fold.closeAt = eventTime;
    fold.close = price;
  }
  fold.high = Math.max(fold.high, price);
  fold.low = Math.min(fold.low, price);
  fold.volume += trade.volume;
}

/** What of a trade the daily candle is made of. */
export type DayTrade = Pick<Trade, "symbol" | "eventTime" | "price" | "open" | "high" | "low" | "accVolume">;

/** The daily candle as the exchange gives it with each trade: its own open, high, low and volume of the day. */
export function dailyCandle(trade: DayTrade): Candle {
  return {
    symbol: trade.symbol,
    interval: "1d",
    start: candleStart("1d", trade.eventTime),
    open: trade.open,
    high: trade.high,
    low: trade.low,
    close: trade.price,
    volume: trade.accVolume,
  };
}
