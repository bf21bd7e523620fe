import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { Quote } from "../../market/quote.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { oneVenueEach, quoteRefusal, tradeRefusal, venueOf, VENUES } from "../../ports/series_points.ts";
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

type Point = { readonly kind: "trade"; readonly point: Trade } | {
  readonly kind: "quote";
  readonly point: Quote;
};

/**
 * Prices over time in one SQLite file, for one machine. Durable against the end of the process at any instant; a batch
 * written twice changes nothing; candles are kept as trades come; old data goes by age and by size. Alerts are not kept:
 * nothing but this program looks into the file, and it has them in the log.
 */
export class SqliteSeriesStore implements SeriesStore {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #candles: CandleWriter;
  readonly #pruner: SeriesPruner;
  readonly #insert: Record<Point["kind"], StatementSync>;
  readonly #stored: Record<Point["kind"], StatementSync>;
  readonly #replace: Record<Point["kind"], StatementSync>;
  readonly #last: Record<Point["kind"], StatementSync>;
  readonly #range: Record<Point["kind"], StatementSync>;
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
    this.#candles = new CandleWriter(database);
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
    const points = [...accepted("trade", batch.trades, refused), ...accepted("quote", batch.quotes, refused)];
    for (let from = 0; from < points.length; from += POINTS_A_SLICE) {
      if (from > 0) await new Promise<void>((resolve) => setTimeout(resolve, 0));
      this.#guard("write", () => this.#writeSlice(points.slice(from, from + POINTS_A_SLICE)));
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
        VENUES.flatMap((venue) =>
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
      const trades = rows.map((row) => JSON.parse(row.value as string) as Trade);
      return new Map(trades.sort(byEventTime).map((trade) => [trade.symbol, trade]));
    });
  }

  lastQuote(symbol: Symbol): Promise<Quote | undefined> {
    return this.#read(() => {
      const rows = this.#lastRows(this.#lastQuote, symbol);
      return rows.map((row) => JSON.parse(row.value as string) as Quote).sort(byEventTime).at(-1);
    });
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    if (this.#closed) return { ok: false, detail: "closed" };
    return this.#fault === undefined
      ? { ok: true, detail: "series.db is written" }
      : { ok: false, detail: this.#fault };
  }

  close(): Promise<void> {
    if (!this.#closed) this.#database.close();
    this.#closed = true;
    return Promise.resolve();
  }

  #writeSlice(points: readonly Point[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const newest = new Map<string, Point>();
      for (const entry of points) {
        this.#put(entry);
        const key = `${entry.kind} ${seriesOf(entry.point)}`;
        const known = newest.get(key);
        if (known === undefined || entry.point.eventTime >= known.point.eventTime) newest.set(key, entry);
      }
      for (const { kind, point } of newest.values()) {
        this.#last[kind].run(seriesOf(point), point.eventTime, JSON.stringify(point));
        this.#newest = Math.max(this.#newest, point.eventTime);
      }
      this.#candles.flush();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      this.#candles.clear();
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw thrown;
    }
    this.#pruner.step(Math.min(this.#newest, this.#clock.now()));
  }

  #put({ kind, point }: Point): void {
    const { eventTime } = point;
    const series = seriesOf(point);
    // Deleted as too old already: it is in its candle, and would be counted there again.
    if (eventTime < this.#pruner.before) return;
    const value = JSON.stringify(point);
    if (this.#insert[kind].run(series, eventTime, value).changes === 1) {
      if (kind === "trade") this.#candles.add(point as Trade);
      return;
    }
    if (this.#stored[kind].get(series, eventTime)?.value === value) return;
    this.#replace[kind].run(series, eventTime, value);
    if (kind === "trade") this.#candles.replaced(point as Trade);
  }

  #points(kind: Point["kind"], { symbol, from, to, limit }: SeriesQuery): (Trade | Quote)[] {
    const rows = VENUES.flatMap((venue) =>
      this.#range[kind].all(seriesKey(symbol, venue), from, to, limit).reverse()
    );
    const points = rows.map((row) => JSON.parse(row.value as string) as Trade | Quote);
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
      const told = `cannot ${what} the price series: ${messageOf(thrown)}`;
      if (what === "write") this.#fault = told;
      throw new OutsideError(`series_${what}_failed`, told, { retryable: true, cause: thrown });
    }
  }
}

function seriesOf(point: Trade | Quote): string {
  return seriesKey(point.symbol, venueOf(point));
}

function byEventTime(a: Trade | Quote, b: Trade | Quote): number {
  return a.eventTime - b.eventTime;
}

function accepted(
  kind: Point["kind"],
  points: readonly (Trade | Quote)[],
  refused: RefusedPoint[],
): Point[] {
  return points.flatMap((point, index) => {
    const reason = kind === "trade" ? tradeRefusal(point as Trade) : quoteRefusal(point as Quote);
    if (reason === undefined) return [{ kind, point } as Point];
    refused.push({ kind, index, reason });
    return [];
  });
}
