import { backup, type DatabaseSync, type StatementSync } from "node:sqlite";
import type { Copyable } from "../../ports/copyable.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { transaction } from "./database.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import type { Quote } from "../../market/quote.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import {
  CANDLE_SOURCES,
  oneVenueEach,
  quoteRefusal,
  tradeRefusal,
  venueOf,
  VENUES,
} from "../../ports/series_points.ts";
import type {
  Candle,
  CandleInterval,
  RefusedPoint,
  SeriesBatch,
  SeriesQuery,
  SeriesStore,
} from "../../ports/series_store.ts";
import { CandleWriter } from "./series_candles.ts";
import { SeriesPruner, type SeriesRetention } from "./series_retention.ts";
import { SeriesShapes } from "./series_shapes.ts";
import { openSeriesDatabase, seriesKey } from "./series_schema.ts";

export type { SeriesRetention } from "./series_retention.ts";

/** What a store is made with. */
export interface SqliteSeriesOptions {
  /** The file, or ":memory:" in a test. */
  readonly path: string;
  readonly retention: SeriesRetention;
  readonly clock: Clock;
}

/** Points of one transaction; between two the event loop gets its turn. */
const POINTS_A_SLICE = 500;

type Kind = "trade" | "quote";

/** Points of one series, in the order they were given. */
interface Run {
  readonly kind: Kind;
  readonly series: string;
  readonly points: readonly (Trade | Quote)[];
}

/**
 * Prices over time in one SQLite file, for one machine. Durable against the end of the process at any instant; a batch
 * written twice changes nothing; candles are kept as trades come, until the stream's come; old data goes by age and by size. Alerts are not kept:
 * nothing but this program looks into the file, and it has them in the log.
 */
export class SqliteSeriesStore implements SeriesStore, Copyable {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #shapes: SeriesShapes;
  readonly #candles: CandleWriter;
  readonly #pruner: SeriesPruner;
  readonly #insert: Record<Kind, StatementSync>;
  readonly #stored: Record<Kind, StatementSync>;
  readonly #replace: Record<Kind, StatementSync>;
  readonly #last: Record<Kind, StatementSync>;
  readonly #range: Record<Kind, StatementSync>;
  readonly #candleRange: StatementSync;
  readonly #lastTrade: StatementSync;
  readonly #lastTrades: StatementSync;
  readonly #lastQuote: StatementSync;
  #newest = -Infinity;
  #fault: string | undefined;
  #closed = false;

  constructor(options: SqliteSeriesOptions) {
    const database = openSeriesDatabase(options.path);
    this.#database = database;
    this.#clock = options.clock;
    this.#shapes = new SeriesShapes(database);
    this.#candles = new CandleWriter(database, this.#shapes);
    this.#pruner = new SeriesPruner(database, options.retention);
    const forBoth = (sql: string) => ({
      trade: database.prepare(sql.replaceAll("%", "trade")),
      quote: database.prepare(sql.replaceAll("%", "quote")),
    });
    this.#insert = forBoth("INSERT INTO % VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.#stored = forBoth("SELECT value FROM % WHERE symbol = ? AND at = ?");
    this.#replace = forBoth("INSERT OR REPLACE INTO % VALUES (?, ?, ?)");
    this.#last = forBoth(`
      INSERT INTO last_% VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET at = excluded.at, value = excluded.value WHERE excluded.at >= at`);
    this.#range = forBoth(
      "SELECT value FROM % WHERE symbol = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?",
    );
    this.#candleRange = database.prepare(`
      SELECT start, open, high, low, close, volume FROM candle
      WHERE symbol = ? AND interval = ? AND start >= ? AND start < ? ORDER BY start DESC LIMIT ?`);
    this.#lastTrade = database.prepare("SELECT value FROM last_trade WHERE symbol = ?");
    this.#lastTrades = database.prepare("SELECT value FROM last_trade ORDER BY symbol");
    this.#lastQuote = database.prepare("SELECT value FROM last_quote WHERE symbol = ?");
  }

  async write(batch: SeriesBatch): Promise<readonly RefusedPoint[]> {
    const refused: RefusedPoint[] = [];
    // Symbol by symbol: what lies together in the file is written together, not a page a point.
    const runs = [
      ...runsOf("trade", accepted("trade", batch.trades, refused)),
      ...runsOf("quote", accepted("quote", batch.quotes, refused)),
    ];
    let first = true;
    for (const slice of slicesOf(runs)) {
      if (!first) await new Promise<void>((resolve) => setTimeout(resolve, 0));
      first = false;
      this.#guard("write", () => this.#writeSlice(slice));
    }
    const { candles = [] } = batch;
    for (let from = 0; from < candles.length; from += POINTS_A_SLICE) {
      this.#guard("write", () => this.#writeClosed(candles.slice(from, from + POINTS_A_SLICE)));
    }
    return refused;
  }

  trades(query: SeriesQuery): Promise<readonly Trade[]> {
    return this.#read(() => this.#points("trade", query) as Trade[]);
  }

  quotes(query: SeriesQuery): Promise<readonly Quote[]> {
    return this.#read(() => this.#points("quote", query) as Quote[]);
  }

  candles(query: SeriesQuery & { readonly interval: CandleInterval }): Promise<readonly Candle[]> {
    const { symbol, interval, from, to, limit } = query;
    return this.#read(() =>
      oneVenueEach(
        CANDLE_SOURCES.flatMap((venue) =>
          this.#candleRange.all(seriesKey(symbol, venue), interval, from, to, limit).map((row) => ({
            venue,
            candle: { symbol, interval, ...row } as unknown as Candle,
          }))
        ),
        limit,
      )
    );
  }

  lastTrades(symbols?: readonly Symbol[]): Promise<ReadonlyMap<Symbol, Trade>> {
    return this.#read(() => {
      const rows = symbols === undefined
        ? this.#lastTrades.all()
        : symbols.flatMap((symbol) => this.#lastRows(this.#lastTrade, symbol));
      const trades = rows.map((row) => this.#shapes.decode(row.value as string) as Trade);
      return new Map(trades.sort(byEventTime).map((trade) => [trade.symbol, trade]));
    });
  }

  lastQuote(symbol: Symbol): Promise<Quote | undefined> {
    return this.#read(() => {
      const rows = this.#lastRows(this.#lastQuote, symbol);
      return rows.map((row) => this.#shapes.decode(row.value as string) as Quote).sort(byEventTime).at(-1);
    });
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    if (this.#closed) return { ok: false, detail: "closed" };
    return this.#fault === undefined
      ? { ok: true, detail: "series.db is written" }
      : { ok: false, detail: this.#fault };
  }

  async copyTo(path: string): Promise<void> {
    await backup(this.#database, path);
  }

  close(): Promise<void> {
    if (!this.#closed) this.#database.close();
    this.#closed = true;
    return Promise.resolve();
  }

  #writeSlice(runs: readonly Run[]): void {
    try {
      transaction(this.#database, () => {
        for (const run of runs) this.#writeRun(run);
        this.#candles.flush();
      });
    } catch (thrown) {
      this.#candles.clear();
      this.#shapes.reload();
      throw thrown;
    }
    this.#pruner.step(Math.min(this.#newest, this.#clock.now()));
  }

  #writeClosed(candles: readonly MinuteCandle[]): void {
    transaction(this.#database, () => {
      for (const candle of candles) this.#candles.closed(candle);
    });
  }

  #writeRun({ kind, series, points }: Run): void {
    let newest = points[0]!;
    for (const point of points) {
      this.#put(kind, series, point);
      if (point.eventTime >= newest.eventTime) newest = point;
    }
    this.#last[kind].run(series, newest.eventTime, this.#shapes.encode(newest));
    this.#newest = Math.max(this.#newest, newest.eventTime);
  }

  #put(kind: Kind, series: string, point: Trade | Quote): void {
    const { eventTime } = point;
    // Deleted as too old already: it is in its candle, and would be counted there again.
    if (eventTime < this.#pruner.before) return;
    const value = this.#shapes.encode(point);
    if (this.#insert[kind].run(series, eventTime, value).changes === 1) {
      if (kind === "trade") this.#candles.add(series, point as Trade);
      return;
    }
    if (this.#stored[kind].get(series, eventTime)?.value === value) return;
    this.#replace[kind].run(series, eventTime, value);
    if (kind === "trade") this.#candles.replaced(series, point as Trade);
  }

  #points(kind: Kind, { symbol, from, to, limit }: SeriesQuery): (Trade | Quote)[] {
    const rows = VENUES.flatMap((venue) =>
      this.#range[kind].all(seriesKey(symbol, venue), from, to, limit).reverse()
    );
    const points = rows.map((row) => this.#shapes.decode(row.value as string) as Trade | Quote);
    return points.sort(byEventTime).slice(-limit);
  }

  #lastRows(statement: StatementSync, symbol: Symbol): Record<string, unknown>[] {
    const rows = VENUES.map((venue) => statement.get(seriesKey(symbol, venue)));
    return rows.filter((row) => row !== undefined);
  }

  #read<T>(read: () => T): Promise<T> {
    return Promise.resolve().then(() => this.#guard("read", read));
  }

  #guard<T>(what: "read" | "write", action: () => T): T {
    if (this.#closed) {
      throw new OutsideError("series_closed", "the price series has been closed", { retryable: false });
    }
    try {
      const result = action();
      if (what === "write") this.#fault = undefined;
      return result;
    } catch (thrown) {
      const reason = `cannot ${what} the price series: ${messageOf(thrown)}`;
      if (what === "write") this.#fault = reason;
      throw new OutsideError(`series_${what}_failed`, reason, { retryable: true, cause: thrown });
    }
  }
}

function seriesOf(point: Trade | Quote): string {
  return seriesKey(point.symbol, venueOf(point));
}

/** The points of each series together. */
function runsOf(kind: Kind, points: readonly (Trade | Quote)[]): Run[] {
  const series = new Map<string, (Trade | Quote)[]>();
  for (const point of points) {
    const key = seriesOf(point);
    const known = series.get(key);
    if (known === undefined) series.set(key, [point]);
    else known.push(point);
  }
  return [...series].map(([key, points]) => ({ kind, series: key, points }));
}

/** Runs in pieces of about {@link POINTS_A_SLICE} points. */
function* slicesOf(runs: readonly Run[]): Generator<readonly Run[]> {
  let slice: Run[] = [];
  let size = 0;
  for (const { points, ...run } of runs) {
    for (let from = 0; from < points.length; from += POINTS_A_SLICE) {
      const piece = points.slice(from, from + POINTS_A_SLICE);
      slice.push({ ...run, points: piece });
      size += piece.length;
      if (size < POINTS_A_SLICE) continue;
      yield slice;
      [slice, size] = [[], 0];
    }
  }
  if (slice.length > 0) yield slice;
}

function byEventTime(a: Trade | Quote, b: Trade | Quote): number {
  return a.eventTime - b.eventTime;
}

function accepted(
  kind: Kind,
  points: readonly (Trade | Quote)[],
  refused: RefusedPoint[],
): (Trade | Quote)[] {
  return points.filter((point, index) => {
    const reason = kind === "trade" ? tradeRefusal(point as Trade) : quoteRefusal(point as Quote);
    if (reason !== undefined) refused.push({ kind, index, reason });
    return reason === undefined;
  });
}
