import { fluxDateTime, fluxString } from "@influxdata/influxdb-client";
import type { CandleInterval, SeriesQuery } from "../../ports/series_store.ts";
import { LAST_MEASUREMENT, QUOTE_MEASUREMENT, TRADE_MEASUREMENT, VENUE } from "./influx_lines.ts";

/**
 * The Flux that reads and downsamples.
 *
 * @module
 */

/** The bucket of candles beside a bucket of ticks. */
export function candleBucket(bucket: string): string {
  return `${bucket}-candles`;
}

/** A field every point has; a row without it is a torn one. */
const PRESENT = { [TRADE_MEASUREMENT]: "STCK_PRPR", [QUOTE_MEASUREMENT]: "TOTAL_ASKP_RSQN" } as const;
type Measurement = keyof typeof PRESENT;

/** Nothing is later: the year 2100. */
const LATEST_MS = 4_102_444_800_000;

/** The newest points of a symbol within a time, a row each, ascending. */
export function pointsFlux(bucket: string, measurement: Measurement, query: SeriesQuery): string {
  const { symbol, from, to, limit } = query;
  return `from(bucket: ${fluxString(bucket)})
  |> range(start: ${time(from)}, stop: ${time(to)})
  |> filter(fn: (r) => r._measurement == ${fluxString(measurement)} and r.STOCKCODE == ${fluxString(symbol)})
  |> tail(n: ${Math.max(1, Math.trunc(limit))})
  |> drop(columns: ["_start", "_stop", "_measurement"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> filter(fn: (r) => exists r.${PRESENT[measurement]})
  |> sort(columns: ["_time"])
  |> tail(n: ${Math.max(1, Math.trunc(limit))})`;
}

/** More names than this are not put into a query: everything is read, and the caller picks. */
const MAX_NAMED = 50;

/** The newest trade of each symbol, or of those named (with many names, of others too): rows of STOCKCODE and JSON. */
export function lastTradesFlux(bucket: string, symbols: readonly string[] = []): string {
  const named = symbols.map((symbol) => `r.STOCKCODE == ${fluxString(symbol)}`).join(" or ");
  const only = symbols.length === 0 || symbols.length > MAX_NAMED ? "" : ` and (${named})`;
  return `from(bucket: ${fluxString(bucket)})
  |> range(start: 0)
  |> filter(fn: (r) => r._measurement == "${LAST_MEASUREMENT}" and r._field == "json"${only})
  |> last()
  |> group()
  |> keep(columns: ["STOCKCODE", "_value"])`;
}

/** The newest quote of a symbol. */
export function lastQuoteFlux(bucket: string, symbol: string): string {
  return `from(bucket: ${fluxString(bucket)})
  |> range(start: 0)
  |> filter(fn: (r) => r._measurement == "${QUOTE_MEASUREMENT}" and r.STOCKCODE == ${fluxString(symbol)})
  |> last()
  |> drop(columns: ["_start", "_stop", "_measurement"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.${PRESENT[QUOTE_MEASUREMENT]})
  |> group()
  |> sort(columns: ["_time"])
  |> tail(n: 1)`;
}

/** Candles of a symbol. */
export function candlesFlux(
  bucket: string,
  query: SeriesQuery & { readonly interval: CandleInterval },
): string {
  const { symbol, from, to, limit, interval } = query;
  return `from(bucket: ${fluxString(candleBucket(bucket))})
  |> range(start: ${time(from)}, stop: ${time(to)})
  |> filter(fn: (r) => r._measurement == "candle_${interval}" and r.STOCKCODE == ${fluxString(symbol)})
  |> tail(n: ${Math.max(1, Math.trunc(limit))})
  |> drop(columns: ["_start", "_stop", "_measurement"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> sort(columns: ["_time"])`;
}

/** What one-minute candles of a symbol are made of since a time: rows of `_time`, price and volume. */
export function minuteTradesFlux(bucket: string, symbol: string, from: number): string {
  return `${candleTrades(bucket, symbol, from)}
  |> filter(fn: (r) => r._field == "STCK_PRPR" or r._field == "CNTG_VOL")
  |> drop(columns: ["_start", "_stop", "_measurement"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> sort(columns: ["_time"])`;
}

/** What a symbol's daily candle of the day that began at a time is made of: a row for each of its series, ascending. */
export function dayTradesFlux(bucket: string, symbol: string, from: number): string {
  const fields = ["STCK_OPRC", "STCK_HGPR", "STCK_LWPR", "STCK_PRPR", "ACML_VOL"];
  return `${candleTrades(bucket, symbol, from)}
  |> filter(fn: (r) => ${fields.map((field) => `r._field == "${field}"`).join(" or ")})
  |> last()
  |> drop(columns: ["_start", "_stop", "_measurement"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> sort(columns: ["_time"])`;
}

function candleTrades(bucket: string, symbol: string, from: number): string {
  return `from(bucket: ${fluxString(bucket)})
  |> range(start: ${time(from)}, stop: ${time(LATEST_MS)})
  |> filter(fn: (r) => r._measurement == "${TRADE_MEASUREMENT}" and r.STOCKCODE == ${fluxString(symbol)})
  |> filter(fn: (r) => r.HOUR_CLS_CODE == "0" and r.TRHT_YN == "N")`;
}

/** Which candles are made: the Flux expressions of a range's bounds, aligned to the interval. */
export interface FluxRange {
  readonly start: string;
  readonly stop: string;
}

/** The bounds as Flux times. @param from Epoch ms. @param to Epoch ms. */
export function rangeOf(from: number, to: number): FluxRange {
  return { start: time(from), stop: time(to) };
}

/**
 * Makes the one-minute candles of a range from its trades. Made again it writes the same points, so it may run while a
 * minute is forming and once more when late trades came.
 *
 * A symbol may have several series in a minute, as its tags change: the rows are put in the order in which the last one
 * written is the right one, which is a tenth of the cost of grouping them. Only volumes have to be added up.
 *
 * @returns a query with a single row.
 */
export function minuteCandlesFlux(bucket: string, range: FluxRange): string {
  const each = (field: string, aggregate: string, order: string) => `
${field} = trades(field: "STCK_PRPR") |> ${aggregate} |> group() |> sort(${order}) |> as(field: "${field}")`;
  const within = (fn: string) =>
    `aggregateWindow(every: 1m, fn: ${fn}, createEmpty: false, timeSrc: "_start") |> startAtTime()`;
  return [
    tradesOf(bucket, range),
    `startAtTime = (tables=<-) => tables |> drop(columns: ["_start"]) |> rename(columns: {_time: "_start"})`,
    each("open", "window(every: 1m) |> first()", 'columns: ["_time"], desc: true'),
    each("high", within("max"), 'columns: ["_value"]'),
    each("low", within("min"), 'columns: ["_value"], desc: true'),
    each("close", "window(every: 1m) |> last()", 'columns: ["_time"]'),
    `
volume = trades(field: "CNTG_VOL") |> ${within("sum")}
  |> group(columns: ["STOCKCODE", "${VENUE}", "_start"]) |> sum() |> as(field: "volume")`,
    writeCandles(bucket, "candle_1m"),
  ].join("\n");
}

/**
 * Makes the daily candle of a range that is one day: the exchange's own fields of the day's newest trade.
 *
 * @returns a query with a single row.
 */
export function dayCandleFlux(bucket: string, range: FluxRange): string {
  const each = (field: string, of: string) => `
${field} = trades(field: "${of}") |> last() |> group() |> sort(columns: ["_time"]) |> as(field: "${field}")`;
  return [
    tradesOf(bucket, range),
    each("open", "STCK_OPRC"),
    each("high", "STCK_HGPR"),
    each("low", "STCK_LWPR"),
    each("close", "STCK_PRPR"),
    each("volume", "ACML_VOL"),
    writeCandles(bucket, "candle_1d"),
  ].join("\n");
}

/**
 * The trades that make candles, by field. A function, not a table: InfluxDB aggregates in its storage only where a source
 * is read once, and a hundred times slower where a table is shared.
 */
function tradesOf(bucket: string, range: FluxRange): string {
  return `
trades = (field) => from(bucket: ${fluxString(bucket)})
  |> range(start: ${range.start}, stop: ${range.stop})
  |> filter(fn: (r) => r._measurement == "${TRADE_MEASUREMENT}" and r.HOUR_CLS_CODE == "0" and r.TRHT_YN == "N")
  |> filter(fn: (r) => r._field == field)

as = (tables=<-, field) => tables
  |> group()
  |> keep(columns: ["STOCKCODE", "${VENUE}", "_start", "_value"])
  |> rename(columns: {_start: "_time"})
  |> set(key: "_field", value: field)`;
}

/** Writes the five streams in one go: a write for each table would cost a write for each symbol. */
function writeCandles(bucket: string, measurement: string): string {
  return `
union(tables: [open, high, low, close, volume])
  |> set(key: "_measurement", value: "${measurement}")
  |> to(bucket: ${fluxString(candleBucket(bucket))}, tagColumns: ["STOCKCODE", "${VENUE}"])
  |> count()`;
}

/** A task of InfluxDB's. */
export interface InfluxTask {
  readonly name: string;
  readonly flux: string;
}

/** Midnight in Seoul, for today; UTC+9 without summer time. */
const TODAY = "date.sub(d: 9h, from: date.truncate(t: date.add(d: 9h, to: now()), unit: 1d))";

/**
 * The downsampling tasks: candles every minute as they form (the last four minutes, and today), and every hour once more
 * for a day, for what came late.
 */
export function candleTasks(bucket: string): readonly InfluxTask[] {
  const today = { start: TODAY, stop: `date.add(d: 1d, to: ${TODAY})` };
  const forming = {
    start: "date.truncate(t: -4m, unit: 1m)",
    stop: "date.add(d: 1m, to: date.truncate(t: now(), unit: 1m))",
  };
  const lately = { start: "date.truncate(t: -26h, unit: 1m)", stop: forming.stop };
  const yesterday = { start: `date.sub(d: 1d, from: ${TODAY})`, stop: TODAY };
  const task = (what: string, every: string, flux: string): InfluxTask => {
    const name = `tickbell: ${bucket} ${what}`;
    return {
      name,
      flux: `import "date"\noption task = {name: ${fluxString(name)}, every: ${every}}\n${flux}`,
    };
  };
  return [
    task("minutes as they form", "1m", minuteCandlesFlux(bucket, forming)),
    task("day as it forms", "1m", dayCandleFlux(bucket, today)),
    task("minutes again", "1h", minuteCandlesFlux(bucket, lately)),
    task("yesterday again", "1h", dayCandleFlux(bucket, yesterday)),
  ];
}

function time(at: number): string {
  return String(fluxDateTime(new Date(at).toISOString()));
}
