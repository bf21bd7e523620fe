import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { mkdirSync } from "node:fs";
import { OutsideError } from "../../core/errors.ts";
import { databaseError } from "./database.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { CandleSource } from "../../ports/series_points.ts";

/**
 * The tables of series.db. Trades and quotes are kept as in {@link SeriesShapes} by (symbol, event time), clustered on that key, so a
 * chart's query is one range read; `last_*` answer the newest of each symbol; candles remember when their open and close
 * were, so that trades may come in any order. What another venue than KRX fed is apart, under {@link seriesKey}.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS trade (
  symbol TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (symbol, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS quote (
  symbol TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (symbol, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS last_trade (
  symbol TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS last_quote (
  symbol TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS candle (
  symbol TEXT NOT NULL, interval TEXT NOT NULL, start INTEGER NOT NULL,
  open REAL NOT NULL, open_at INTEGER NOT NULL, high REAL NOT NULL, low REAL NOT NULL,
  close REAL NOT NULL, close_at INTEGER NOT NULL, volume REAL NOT NULL,
  PRIMARY KEY (symbol, interval, start)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS shape (id INTEGER PRIMARY KEY, names TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
`;

/** The `symbol` of a row: two venues may have a trade of one symbol in the same millisecond. */
export function seriesKey(symbol: Symbol, venue: CandleSource): string {
  return venue === "KRX" ? symbol : `${symbol}@${venue}`;
}

/** Raised when the tables change in a way an older file does not fit. */
const VERSION = 3;
/** Older files that this program reads and goes on with. */
const READ_TOO = [1, 2];

/**
 * Opens series.db, making it and its folder when missing. WAL with synchronous NORMAL: what was written survives a kill
 * of the process; a power cut may cost the last moments, which the event log hands out again.
 *
 * @throws {OutsideError} `series_unusable` when the file cannot be opened or is of another version.
 */
export function openSeriesDatabase(path: string): DatabaseSync {
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: 5000 });
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216; " +
        "PRAGMA cache_size = -2048; PRAGMA wal_autocheckpoint = 4000;",
    );
    checkVersion(database, path);
    database.exec(SCHEMA);
    return database;
  } catch (thrown) {
    if (thrown instanceof OutsideError) throw thrown;
    const { code, message } = databaseError(thrown, path);
    const advice = code === "database_unusable" ? "; the event log goes on without it" : "";
    throw new OutsideError("series_unusable", `cannot open the price series: ${message}${advice}`, {
      retryable: false,
      cause: thrown,
    });
  }
}

function checkVersion(database: DatabaseSync, path: string): void {
  const found = database.prepare("PRAGMA user_version").get()?.user_version;
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  if (found === 0 && tables > 0) {
    database.close();
    throw new OutsideError("series_unusable", `${path} is a database of another program: move it away`, {
      retryable: false,
    });
  }
  if (found === 0) return database.exec(`PRAGMA user_version = ${VERSION}`);
  if (found === VERSION) return;
  if (READ_TOO.includes(Number(found))) return database.exec(`PRAGMA user_version = ${VERSION}`);
  database.close();
  throw new OutsideError(
    "series_unusable",
    `the price series ${path} is of version ${found}, this program knows ${VERSION}; move the file away`,
    { retryable: false },
  );
}
