import type { Symbol } from "../../market/symbol.ts";
import {
  addToMinute,
  candleLength,
  candleStart,
  type CandleVenue,
  dailyCandle,
  minuteCandle,
  type MinuteFold,
  startMinute,
} from "../../ports/series_points.ts";
import type { Candle, CandleInterval, SeriesQuery } from "../../ports/series_store.ts";
import type { InfluxApi } from "./influx_api.ts";
import { dayTradesFlux, minuteTradesFlux } from "./influx_flux.ts";
import { type InfluxRow, venueOfRow } from "./influx_lines.ts";

/** A candle of one venue. */
export interface VenueCandle {
  readonly venue: CandleVenue;
  readonly candle: Candle;
}

/** Minutes before the one that is forming whose candles may not have been made yet: tasks run each minute, and take a while. */
const TAIL_MINUTES = 2;

/**
 * The candles that InfluxDB's tasks may not have made yet, made of the trades themselves: a symbol's last minutes, or its
 * day. So a candle that is asked for has every trade that was written, not those of up to a minute ago.
 *
 * @param now Epoch ms.
 * @throws {OutsideError}
 */
export async function formingCandles(
  api: InfluxApi,
  bucket: string,
  query: SeriesQuery & { readonly interval: CandleInterval; readonly now: number },
): Promise<VenueCandle[]> {
  const { symbol, interval, now } = query;
  const back = interval === "1m" ? TAIL_MINUTES * candleLength("1m") : 0;
  const from = Math.max(candleStart(interval, query.from), candleStart(interval, now) - back);
  if (query.to <= from) return [];
  const candles = interval === "1m"
    ? minutesOf(symbol, await api.rows(minuteTradesFlux(bucket, symbol, from)))
    : daysOf(symbol, await api.rows(dayTradesFlux(bucket, symbol, from)));
  return candles.filter(({ candle }) => candle.start >= query.from && candle.start < query.to);
}

function minutesOf(symbol: Symbol, rows: readonly InfluxRow[]): VenueCandle[] {
  const folds = new Map<string, { readonly venue: CandleVenue; readonly fold: MinuteFold }>();
  for (const row of rows) {
    const trade = {
      symbol,
      eventTime: timeOf(row),
      price: Number(row.STCK_PRPR),
      volume: Number(row.CNTG_VOL),
    };
    const venue = venueOfRow(row);
    const key = `${venue} ${candleStart("1m", trade.eventTime)}`;
    const known = folds.get(key);
    if (known === undefined) folds.set(key, { venue, fold: startMinute(trade) });
    else addToMinute(known.fold, trade);
  }
  return [...folds.values()].map(({ venue, fold }) => ({ venue, candle: minuteCandle(fold) }));
}

function daysOf(symbol: Symbol, rows: readonly InfluxRow[]): VenueCandle[] {
  return rows.map((row) => ({
    venue: venueOfRow(row),
    candle: dailyCandle({
      symbol,
      eventTime: timeOf(row),
      price: Number(row.STCK_PRPR),
      open: Number(row.STCK_OPRC),
      high: Number(row.STCK_HGPR),
      low: Number(row.STCK_LWPR),
      accVolume: Number(row.ACML_VOL),
    }),
  }));
}

function timeOf(row: InfluxRow): number {
  return Date.parse(String(row._time));
}
