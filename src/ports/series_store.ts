import type { Alert } from "../alerts/alert.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import type { Quote } from "../market/quote.ts";

/** What is written in one go. */
export interface SeriesBatch {
  readonly trades: readonly Trade[];
  readonly quotes: readonly Quote[];
  /**
   * Alerts, for the charts of tools that look into the store (Grafana). A store that nothing else looks into may leave
   * them out: they are in the log.
   */
  readonly alerts?: readonly Alert[];
  /** Closed minutes as the stream made them: of a minute that has one it is the candle, whatever its trades would make. */
  readonly candles?: readonly MinuteCandle[];
}

/** A point the store would not take; the rest of its batch was written. */
export interface RefusedPoint {
  readonly kind: "trade" | "quote" | "alert" | "candle";
  /** Index in the batch's trades, quotes, alerts or candles. */
  readonly index: number;
  readonly reason: string;
}

const CANDLE_INTERVALS = ["1m", "1d"] as const;
export type CandleInterval = typeof CANDLE_INTERVALS[number];

/** Prices of an interval `[start, start + interval)`; a day begins at 00:00 Asia/Seoul. Won and shares. */
export interface Candle {
  readonly symbol: Symbol;
  readonly interval: CandleInterval;
  /** Epoch ms. */
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface SeriesQuery {
  readonly symbol: Symbol;
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** Epoch ms, exclusive. */
  readonly to: number;
  /** At most this many, the newest; ascending by time in the answer. */
  readonly limit: number;
}

/**
 * Prices over time: InfluxDB, or SQLite on one machine; both pass `tests/contract/series_store.ts`. Writing the same
 * trade twice changes nothing.
 */
export interface SeriesStore {
  /** Resolves when everything but what is answered as refused is durable; rejects with an OutsideError. */
  write(batch: SeriesBatch): Promise<readonly RefusedPoint[]>;
  trades(query: SeriesQuery): Promise<readonly Trade[]>;
  quotes(query: SeriesQuery): Promise<readonly Quote[]>;
  candles(query: SeriesQuery & { readonly interval: CandleInterval }): Promise<readonly Candle[]>;
  /** The newest trade of each symbol (or of those named), by symbol. */
  lastTrades(symbols?: readonly Symbol[]): Promise<ReadonlyMap<Symbol, Trade>>;
  lastQuote(symbol: Symbol): Promise<Quote | undefined>;
  health(): { readonly ok: boolean; readonly detail: string };
  close(): Promise<void>;
}
