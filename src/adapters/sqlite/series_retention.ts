import type { DatabaseSync, StatementSync } from "node:sqlite";
import { transaction } from "./database.ts";
import { seriesKey } from "./series_schema.ts";

/** How much is kept. */
export interface SeriesRetention {
  /** Trades and quotes older than this many days before the newest one are deleted. */
  readonly tickDays: number;
  /** Order books older than this many minutes likewise; absent: as trades. Their newest stays. */
  readonly quoteMinutes?: number;
  /** Candles likewise. */
  readonly candleDays: number;
  /** The size the file must stay under, in bytes; the oldest trades and quotes go first. */
  readonly maxBytes: number;
}

interface Plan {
  readonly cutoff: number;
  /** Whether trades stay. */
  readonly quotesOnly: boolean;
  readonly symbols: string[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Symbols whose old rows are deleted in one step: a few milliseconds. */
const SYMBOLS_A_STEP = 8;
/** Parts of the size limit at which pruning begins, ends, and no longer waits for the next write. */
const BEGIN = 0.85;
const END = 0.7;
const URGENT = 0.95;

/**
 * Deletes what is too old or too much, a little after each write so that no write waits long. Freed pages are used
 * again, so the file does not grow past the limit.
 */
export class SeriesPruner {
  readonly #database: DatabaseSync;
  readonly #limits: SeriesRetention;
  readonly #usage: StatementSync;
  readonly #free: StatementSync;
  readonly #dropTrades: StatementSync;
  readonly #dropQuotes: StatementSync;
  readonly #dropCandles: StatementSync;
  readonly #symbols: StatementSync;
  readonly #remember: StatementSync;
  readonly #pageBytes: number;
  #plan: Plan | undefined;
  #lookedAt = -Infinity;
  #quotesLookedAt = -Infinity;
  #before: number;

  constructor(database: DatabaseSync, limits: SeriesRetention) {
    this.#database = database;
    this.#limits = limits;
    this.#usage = database.prepare("PRAGMA page_count");
    this.#free = database.prepare("PRAGMA freelist_count");
    this.#dropTrades = database.prepare("DELETE FROM trade WHERE symbol = ? AND at < ?");
    this.#dropQuotes = database.prepare("DELETE FROM quote WHERE symbol = ? AND at < ?");
    this.#dropCandles = database.prepare(
      "DELETE FROM candle WHERE symbol = ? AND interval IN ('1m', '1d') AND start < ?",
    );
    this.#symbols = database.prepare("SELECT symbol FROM last_trade UNION SELECT symbol FROM last_quote");
    this.#remember = database.prepare(
      "INSERT INTO meta VALUES ('pruned_before', ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
    );
    this.#pageBytes = Number(database.prepare("PRAGMA page_size").get()?.page_size);
    const row = database.prepare("SELECT value FROM meta WHERE name = 'pruned_before'").get();
    this.#before = row === undefined ? -Infinity : Number(row.value);
  }

  /** Ticks before this time have been deleted; writing one again would count it in its candle a second time. */
  get before(): number {
    return this.#before;
  }

  /** Bytes of the file that have data. */
  get usedBytes(): number {
    return (Number(this.#usage.get()?.page_count) - Number(this.#free.get()?.freelist_count)) *
      this.#pageBytes;
  }

  /**
   * Does a little of what is to be deleted.
   *
   * @param newest The newest event time there is, never later than the clock, epoch ms.
   */
  step(newest: number): void {
    const used = this.usedBytes;
    this.#plan ??= this.#planFor(newest, used);
    if (this.#plan === undefined) return;
    do {
      this.#deleteSome();
      if (this.#plan.symbols.length === 0) this.#plan = this.#next(newest);
    } while (this.#plan !== undefined && used > this.#limits.maxBytes * URGENT);
  }

  #planFor(newest: number, used: number): Plan | undefined {
    if (used > this.#limits.maxBytes * BEGIN) return this.#oldestPart();
    if (newest < this.#lookedAt + HOUR_MS) return this.#quotePlan(newest);
    this.#lookedAt = newest;
    this.#dropOldCandles(newest - this.#limits.candleDays * DAY_MS);
    const cutoff = newest - this.#limits.tickDays * DAY_MS;
    const { oldest } = this.#span();
    return oldest !== undefined && oldest < cutoff ? this.#planUntil(cutoff) : this.#quotePlan(newest);
  }

  /** Order books that nobody asks for any more, looked for each minute. */
  #quotePlan(newest: number): Plan | undefined {
    const { quoteMinutes } = this.#limits;
    if (quoteMinutes === undefined || newest < this.#quotesLookedAt + MINUTE_MS) return undefined;
    this.#quotesLookedAt = newest;
    return { cutoff: newest - quoteMinutes * MINUTE_MS, quotesOnly: true, symbols: this.#allSymbols() };
  }

  /** What follows a finished plan: another part while too much is there. */
  #next(newest: number): Plan | undefined {
    const { oldest } = this.#span();
    if (oldest === undefined || oldest >= newest) return undefined;
    return this.usedBytes > this.#limits.maxBytes * END ? this.#oldestPart() : undefined;
  }

  /** The oldest tenth of the time there is. */
  #oldestPart(): Plan | undefined {
    const { oldest, newest } = this.#span();
    if (oldest === undefined || newest === undefined || oldest >= newest) return undefined;
    return this.#planUntil(oldest + Math.max(1, Math.ceil((newest - oldest) / 10)));
  }

  #planUntil(cutoff: number): Plan {
    this.#before = Math.max(this.#before, cutoff);
    this.#remember.run(cutoff);
    return { cutoff, quotesOnly: false, symbols: this.#allSymbols() };
  }

  #deleteSome(): void {
    const plan = this.#plan;
    if (plan === undefined) return;
    const symbols = plan.symbols.slice(-SYMBOLS_A_STEP);
    transaction(this.#database, () => {
      for (const symbol of symbols) {
        if (!plan.quotesOnly) this.#dropTrades.run(symbol, plan.cutoff);
        this.#dropQuotes.run(symbol, plan.cutoff);
      }
    });
    plan.symbols.length -= symbols.length;
  }

  #dropOldCandles(cutoff: number): void {
    const series = this.#allSymbols();
    const closed = new Set(series.map((key) => seriesKey(key.replace(/@.*/, ""), "ALL")));
    for (const key of [...series, ...closed]) this.#dropCandles.run(key, cutoff);
  }

  #allSymbols(): string[] {
    return this.#symbols.all().map((row) => row.symbol as string);
  }

  /** The oldest and newest time of any trade or quote; each symbol's is one read of the key. */
  #span(): { readonly oldest?: number; readonly newest?: number } {
    const row = this.#database.prepare(`
      WITH each AS (
        SELECT (SELECT min(at) FROM trade WHERE trade.symbol = s.symbol) AS a,
               (SELECT max(at) FROM trade WHERE trade.symbol = s.symbol) AS b,
               (SELECT min(at) FROM quote WHERE quote.symbol = s.symbol) AS c,
               (SELECT max(at) FROM quote WHERE quote.symbol = s.symbol) AS d
        FROM (SELECT symbol FROM last_trade UNION SELECT symbol FROM last_quote) AS s
      )
      SELECT min(min(ifnull(a, c), ifnull(c, a))) AS oldest, max(max(ifnull(b, d), ifnull(d, b))) AS newest FROM each
      WHERE a IS NOT NULL OR c IS NOT NULL`).get();
    if (row === undefined || row.oldest === null) return {};
    return { oldest: Number(row.oldest), newest: Number(row.newest) };
  }
}
