/**
 * What every series store holds alike: which points can be stored, and how trades become candles.
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

/** The fold of a first trade. */
export function startMinute(trade: Trade): MinuteFold {
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
export function addToMinute(fold: MinuteFold, trade: Trade): void {
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

/** The daily candle as the exchange gives it with each trade: its own open, high, low and volume of the day. */
export function dailyCandle(trade: Trade): Candle {
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
