import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Trade } from "../../market/trade.ts";
import {
  addToMinute,
  candleLength,
  candleStart,
  dailyCandle,
  makesCandles,
  type MinuteFold,
  startMinute,
} from "../../ports/series_points.ts";

/** Joins a minute's new trades to what the candle holds. */
const FOLD_MINUTE = `
INSERT INTO candle (symbol, interval, start, open, open_at, high, low, close, close_at, volume)
VALUES (?, '1m', ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (symbol, interval, start) DO UPDATE SET
  open = CASE WHEN excluded.open_at < open_at THEN excluded.open ELSE open END,
  open_at = min(open_at, excluded.open_at),
  high = max(high, excluded.high),
  low = min(low, excluded.low),
  close = CASE WHEN excluded.close_at >= close_at THEN excluded.close ELSE close END,
  close_at = max(close_at, excluded.close_at),
  volume = volume + excluded.volume`;

/** The exchange's own day, from the newest trade. */
const PUT_DAY = `
INSERT INTO candle (symbol, interval, start, open, open_at, high, low, close, close_at, volume)
VALUES (?, '1d', ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (symbol, interval, start) DO UPDATE SET
  open = excluded.open, high = excluded.high, low = excluded.low,
  close = excluded.close, close_at = excluded.close_at, volume = excluded.volume
WHERE excluded.close_at >= close_at`;

/**
 * Keeps candles as trades come, within one transaction at a time: {@link add} each trade that was not stored before,
 * {@link replaced} each that has changed, then {@link flush} before the commit. A trade that is stored already is not
 * added again, so a redelivered batch changes nothing.
 */
export class CandleWriter {
  readonly #foldMinute: StatementSync;
  readonly #putDay: StatementSync;
  readonly #dropMinute: StatementSync;
  readonly #tradesOfMinute: StatementSync;
  #minutes = new Map<string, MinuteFold>();
  #days = new Map<string, Trade>();
  #changed = new Map<string, { readonly symbol: string; readonly start: number }>();

  constructor(database: DatabaseSync) {
    this.#foldMinute = database.prepare(FOLD_MINUTE);
    this.#putDay = database.prepare(PUT_DAY);
    this.#dropMinute = database.prepare(
      "DELETE FROM candle WHERE symbol = ? AND interval = '1m' AND start = ?",
    );
    this.#tradesOfMinute = database.prepare(
      "SELECT value FROM trade WHERE symbol = ? AND at >= ? AND at < ?",
    );
  }

  add(trade: Trade): void {
    if (!makesCandles(trade)) return;
    const key = `${trade.symbol}@${candleStart("1m", trade.eventTime)}`;
    const fold = this.#minutes.get(key);
    if (fold === undefined) this.#minutes.set(key, startMinute(trade));
    else addToMinute(fold, trade);
    this.#addDay(trade);
  }

  /** A trade of the same symbol and time was stored with other content: its minute is made anew from what is stored. */
  replaced(trade: Trade): void {
    const start = candleStart("1m", trade.eventTime);
    this.#changed.set(`${trade.symbol}@${start}`, { symbol: trade.symbol, start });
    if (makesCandles(trade)) this.#addDay(trade);
  }

  flush(): void {
    for (const [key, fold] of this.#minutes) if (!this.#changed.has(key)) this.#fold(fold);
    for (const { symbol, start } of this.#changed.values()) this.#remake(symbol, start);
    for (const trade of this.#days.values()) this.#day(trade);
    this.clear();
  }

  /** Forgets what was added since the last flush: its transaction was rolled back. */
  clear(): void {
    this.#minutes.clear();
    this.#changed.clear();
    this.#days.clear();
  }

  #addDay(trade: Trade): void {
    const key = `${trade.symbol}@${candleStart("1d", trade.eventTime)}`;
    const newest = this.#days.get(key);
    if (newest === undefined || trade.eventTime >= newest.eventTime) this.#days.set(key, trade);
  }

  #fold(fold: MinuteFold): void {
    const { symbol, start, open, openAt, high, low, close, closeAt, volume } = fold;
    this.#foldMinute.run(symbol, start, open, openAt, high, low, close, closeAt, volume);
  }

  #remake(symbol: string, start: number): void {
    this.#dropMinute.run(symbol, start);
    let fold: MinuteFold | undefined;
    for (const row of this.#tradesOfMinute.iterate(symbol, start, start + candleLength("1m"))) {
      const trade = JSON.parse(row.value as string) as Trade;
      if (!makesCandles(trade)) continue;
      if (fold === undefined) fold = startMinute(trade);
      else addToMinute(fold, trade);
    }
    if (fold !== undefined) this.#fold(fold);
  }

  #day(trade: Trade): void {
    const { symbol, start, open, high, low, close, volume } = dailyCandle(trade);
    this.#putDay.run(symbol, start, open, trade.eventTime, high, low, close, trade.eventTime, volume);
  }
}
