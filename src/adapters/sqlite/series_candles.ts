import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { seriesKey } from "./series_schema.ts";
import type { SeriesShapes } from "./series_shapes.ts";
import type { Trade } from "../../market/trade.ts";
import {
  addToMinute,
  candleLength,
  candleStart,
  dailyCandle,
  makesCandles,
  type MinuteFold,
  startMinute,
  VENUES,
} from "../../ports/series_points.ts";

/** Joins a minute's new trades to what the candle has. */
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

/** A minute as the stream closed it. */
const PUT_CLOSED = `
INSERT OR REPLACE INTO candle (symbol, interval, start, open, open_at, high, low, close, close_at, volume)
VALUES (?, '1m', ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The newest trade of a series on a day. */
interface NewestOfDay {
  readonly series: string;
  readonly start: number;
  trade: Trade;
}

/**
 * Keeps candles as trades come, within one transaction at a time: {@link add} each trade that was not stored before,
 * {@link replaced} each that has changed, then {@link flush} before the commit. A trade that is stored already is not
 * added again, so a redelivered batch changes nothing.
 */
export class CandleWriter {
  readonly #shapes: SeriesShapes;
  readonly #foldMinute: StatementSync;
  readonly #putDay: StatementSync;
  readonly #dropMinute: StatementSync;
  readonly #tradesOfMinute: StatementSync;
  readonly #putClosed: StatementSync;
  #minutes = new Map<string, { readonly series: string; readonly fold: MinuteFold }>();
  #days = new Map<string, NewestOfDay>();
  #latest: { readonly series: string; readonly fold: MinuteFold } | undefined;
  #latestDay: NewestOfDay | undefined;
  #changed = new Map<string, { readonly series: string; readonly start: number }>();

  constructor(database: DatabaseSync, shapes: SeriesShapes) {
    this.#shapes = shapes;
    this.#foldMinute = database.prepare(FOLD_MINUTE);
    this.#putDay = database.prepare(PUT_DAY);
    this.#putClosed = database.prepare(PUT_CLOSED);
    this.#dropMinute = database.prepare(
      "DELETE FROM candle WHERE symbol = ? AND interval = '1m' AND start = ?",
    );
    this.#tradesOfMinute = database.prepare(
      "SELECT value FROM trade WHERE symbol = ? AND at >= ? AND at < ?",
    );
  }

  add(series: string, trade: Trade): void {
    if (!makesCandles(trade)) return;
    const start = candleStart("1m", trade.eventTime);
    // Trades come symbol by symbol: most are of the minute of the one before.
    const latest = this.#latest;
    if (latest?.series === series && latest.fold.start === start) addToMinute(latest.fold, trade);
    else {
      const key = `${series} ${start}`;
      const known = this.#minutes.get(key);
      if (known === undefined) this.#minutes.set(key, this.#latest = { series, fold: startMinute(trade) });
      else addToMinute((this.#latest = known).fold, trade);
    }
    this.#addDay(series, trade);
  }

  /** Takes the stream's candle of a minute, in the place of what its trades made. */
  closed({ symbol, start, open, high, low, close, volume }: MinuteCandle): void {
    for (const venue of VENUES) this.#dropMinute.run(seriesKey(symbol, venue), start);
    this.#putClosed.run(seriesKey(symbol, "ALL"), start, open, start, high, low, close, start, volume);
  }

  /** A trade of the same symbol and time was stored with other content: its minute is made anew from what is stored. */
  replaced(series: string, trade: Trade): void {
    const start = candleStart("1m", trade.eventTime);
    this.#changed.set(`${series} ${start}`, { series, start });
    if (makesCandles(trade)) this.#addDay(series, trade);
  }

  flush(): void {
    for (const [key, { series, fold }] of this.#minutes) {
      if (!this.#changed.has(key)) this.#fold(series, fold);
    }
    for (const { series, start } of this.#changed.values()) this.#remake(series, start);
    for (const { series, trade } of this.#days.values()) this.#day(series, trade);
    this.clear();
  }

  /** Forgets what was added since the last flush: its transaction was rolled back. */
  clear(): void {
    this.#minutes.clear();
    this.#changed.clear();
    this.#days.clear();
    this.#latest = undefined;
    this.#latestDay = undefined;
  }

  #addDay(series: string, trade: Trade): void {
    const start = candleStart("1d", trade.eventTime);
    let day = this.#latestDay;
    if (day?.series !== series || day.start !== start) {
      const key = `${series} ${start}`;
      day = this.#days.get(key);
      if (day === undefined) this.#days.set(key, day = { series, start, trade });
      this.#latestDay = day;
    }
    if (trade.eventTime >= day.trade.eventTime) day.trade = trade;
  }

  #fold(series: string, fold: MinuteFold): void {
    const { start, open, openAt, high, low, close, closeAt, volume } = fold;
    this.#foldMinute.run(series, start, open, openAt, high, low, close, closeAt, volume);
  }

  #remake(series: string, start: number): void {
    this.#dropMinute.run(series, start);
    let fold: MinuteFold | undefined;
    for (const row of this.#tradesOfMinute.iterate(series, start, start + candleLength("1m"))) {
      const trade = this.#shapes.decode(row.value as string) as Trade;
      if (!makesCandles(trade)) continue;
      if (fold === undefined) fold = startMinute(trade);
      else addToMinute(fold, trade);
    }
    if (fold !== undefined) this.#fold(series, fold);
  }

  #day(series: string, trade: Trade): void {
    const { start, open, high, low, close, volume } = dailyCandle(trade);
    const { eventTime } = trade;
    this.#putDay.run(series, start, open, eventTime, high, low, close, eventTime, volume);
  }
}
