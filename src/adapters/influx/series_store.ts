import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import type { Quote } from "../../market/quote.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { oneVenueEach, quoteRefusal, tradeRefusal } from "../../ports/series_points.ts";
import type {
  Candle,
  CandleInterval,
  RefusedPoint,
  SeriesBatch,
  SeriesQuery,
  SeriesStore,
} from "../../ports/series_store.ts";
import { type InfluxAccess, InfluxApi } from "./influx_api.ts";
import { LateCandles } from "./influx_candles.ts";
import { candleBucket, candlesFlux, lastQuoteFlux, lastTradesFlux, pointsFlux } from "./influx_flux.ts";
import {
  alertLine,
  candleLine,
  candleSourceOfRow,
  lastTradeLine,
  QUOTE_MEASUREMENT,
  quoteLine,
  quoteOfRow,
  TRADE_MEASUREMENT,
  tradeLine,
  tradeOfRow,
} from "./influx_lines.ts";
import { setupInflux } from "./influx_setup.ts";
import { formingCandles } from "./influx_tail.ts";
import { writeLines } from "./influx_writer.ts";

/** What a store is made with. */
export interface InfluxSeriesOptions extends InfluxAccess {
  /** The bucket of ticks; candles are in `NAME-candles`. */
  readonly bucket: string;
  readonly tickDays: number;
  readonly candleDays: number;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

interface Line {
  readonly kind: RefusedPoint["kind"];
  readonly index: number;
  readonly text: string;
}

/**
 * Prices over time in InfluxDB 2. Buckets and downsampling tasks are made at the first write. A batch goes as one
 * compressed request, after a failure as several small ones; a point InfluxDB refuses is found and answered, the others are written; a point written twice is
 * one point. Ticks older than the bucket keeps are not written, as they would be gone at once.
 */
export class InfluxSeriesStore implements SeriesStore {
  readonly #options: InfluxSeriesOptions;
  readonly #api: InfluxApi;
  readonly #late: LateCandles;
  #ready: Promise<void> | undefined;
  #fault: string | undefined;
  /** The last write has failed. */
  #careful = false;

  constructor(options: InfluxSeriesOptions) {
    this.#options = options;
    this.#api = new InfluxApi(options);
    this.#late = new LateCandles({ api: this.#api, bucket: options.bucket, clock: options.clock });
  }

  async write(batch: SeriesBatch): Promise<readonly RefusedPoint[]> {
    const refused: RefusedPoint[] = [];
    const lines = this.#linesOf(batch, refused);
    const { candles = [] } = batch;
    if (lines.length === 0 && candles.length === 0) return refused;
    const careful = this.#careful;
    return await this.#watched(async () => {
      await this.setup();
      if (candles.length > 0) refused.push(...await this.#writeClosed(candles));
      if (lines.length === 0) return refused;
      const texts = lines.map(({ text }) => text);
      const written = writeLines(this.#api, this.#options.bucket, texts, careful);
      // Not the fault that health reports: reading, which needs less, ends that one.
      written.then(() => this.#careful = false, () => this.#careful = true);
      for (const { index, reason } of await written) {
        const { kind, index: at } = lines[index] as Line;
        // A trade has a second line where it is the newest of its symbol.
        if (!refused.some((point) => point.kind === kind && point.index === at)) {
          refused.push({ kind, index: at, reason });
        }
      }
      this.#late.note(batch.trades);
      this.#late.makeWhenDue();
      return refused;
    });
  }

  async trades(query: SeriesQuery): Promise<readonly Trade[]> {
    const rows = await this.#rows(pointsFlux(this.#options.bucket, TRADE_MEASUREMENT, query));
    return rows.map(tradeOfRow);
  }

  async quotes(query: SeriesQuery): Promise<readonly Quote[]> {
    const rows = await this.#rows(pointsFlux(this.#options.bucket, QUOTE_MEASUREMENT, query));
    return rows.map(quoteOfRow);
  }

  async candles(query: SeriesQuery & { readonly interval: CandleInterval }): Promise<readonly Candle[]> {
    const { bucket, clock } = this.#options;
    const { symbol, interval, limit } = query;
    const [rows, forming] = await this.#watched(() =>
      Promise.all([
        this.#api.rows(candlesFlux(bucket, query)),
        formingCandles(this.#api, bucket, { ...query, now: clock.now() }),
      ])
    );
    const stored = rows.map((row) => {
      const { open, high, low, close, volume } = row as unknown as Candle;
      const start = Date.parse(String(row._time));
      return {
        venue: candleSourceOfRow(row),
        candle: { symbol, interval, start, open, high, low, close, volume },
      };
    });
    return oneVenueEach([...stored, ...forming], limit);
  }

  async lastTrades(symbols?: readonly Symbol[]): Promise<ReadonlyMap<Symbol, Trade>> {
    if (symbols?.length === 0) return new Map();
    const rows = await this.#rows(lastTradesFlux(this.#options.bucket, symbols));
    const wanted = symbols === undefined ? undefined : new Set(symbols);
    const trades = rows.map((row) => JSON.parse(String(row._value)) as Trade);
    return new Map(
      trades.filter(({ symbol }) => wanted?.has(symbol) ?? true).map((trade) => [trade.symbol, trade]),
    );
  }

  async lastQuote(symbol: Symbol): Promise<Quote | undefined> {
    const [row] = await this.#rows(lastQuoteFlux(this.#options.bucket, symbol));
    return row === undefined ? undefined : quoteOfRow(row);
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    return this.#fault === undefined
      ? { ok: true, detail: `InfluxDB at ${this.#options.url}` }
      : { ok: false, detail: this.#fault };
  }

  async close(): Promise<void> {
    await this.#late.ended();
  }

  /** Makes buckets and tasks where they are missing; once, unless it failed. @throws {OutsideError} */
  async setup(): Promise<void> {
    this.#ready ??= setupInflux(this.#api, this.#options);
    try {
      await this.#ready;
    } catch (thrown) {
      this.#ready = undefined;
      throw thrown;
    }
  }

  /** Makes the candles of every late trade that was written by this process now. @throws {OutsideError} */
  async flushCandles(): Promise<void> {
    await this.#late.make();
  }

  #linesOf(batch: SeriesBatch, refused: RefusedPoint[]): Line[] {
    const oldest = this.#options.clock.now() - this.#options.tickDays * DAY_MS;
    const lines: Line[] = [];
    const newest = new Map<Symbol, { readonly index: number; readonly trade: Trade }>();
    batch.trades.forEach((trade, index) => {
      const reason = tradeRefusal(trade);
      if (reason !== undefined) refused.push({ kind: "trade", index, reason });
      else if (trade.eventTime > oldest) {
        lines.push({ kind: "trade", index, text: tradeLine(trade) });
        if (trade.eventTime >= (newest.get(trade.symbol)?.trade.eventTime ?? 0)) {
          newest.set(trade.symbol, { index, trade });
        }
      }
    });
    for (const { index, trade } of newest.values()) {
      lines.push({ kind: "trade", index, text: lastTradeLine(trade) });
    }
    batch.quotes.forEach((quote, index) => {
      const reason = quoteRefusal(quote);
      if (reason !== undefined) refused.push({ kind: "quote", index, reason });
      else if (quote.eventTime > oldest) lines.push({ kind: "quote", index, text: quoteLine(quote) });
    });
    batch.alerts?.forEach((alert, index) => {
      if (alert.eventTime > oldest) lines.push({ kind: "alert", index, text: alertLine(alert) });
    });
    return lines;
  }

  async #writeClosed(candles: readonly MinuteCandle[]): Promise<RefusedPoint[]> {
    const oldest = this.#options.clock.now() - this.#options.candleDays * DAY_MS;
    const kept = [...candles.entries()].filter(([, { start }]) => start > oldest);
    if (kept.length === 0) return [];
    const texts = kept.map(([, candle]) => candleLine(candle));
    const refused = await writeLines(this.#api, candleBucket(this.#options.bucket), texts, this.#careful);
    return refused.map(({ index, reason }) => ({ kind: "candle", index: kept[index]![0], reason }));
  }

  #rows(flux: string): Promise<Record<string, unknown>[]> {
    return this.#watched(() => this.#api.rows(flux));
  }

  async #watched<T>(action: () => Promise<T>): Promise<T> {
    try {
      const result = await action();
      this.#fault = undefined;
      return result;
    } catch (thrown) {
      this.#fault = messageOf(thrown);
      throw thrown;
    }
  }
}
