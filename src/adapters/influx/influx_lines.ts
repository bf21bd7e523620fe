import { escape } from "@influxdata/influxdb-client";
import { type FrameField, QUOTE_FIELDS, TRADE_FIELDS, VENUE_QUOTE_FIELDS } from "../../market/kis/fields.ts";
import { type Alert, whenOf } from "../../alerts/alert.ts";
import { formatMeasure } from "../../rules/when.ts";
import type { Level, Quote } from "../../market/quote.ts";
import type { Trade } from "../../market/trade.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { type CandleSource, type CandleVenue, venueOf } from "../../ports/series_points.ts";

/**
 * Trades and quotes as line protocol, and back. Measurements, tags and field names are those of the original: tags
 * STOCKCODE, TRHT_YN, HOUR_CLS_CODE and MRKT_TRTM_CLS_CODE, fields by their KIS names, numbers as floats, codes as
 * strings. What KIS has no name for is kept as `X_name`. The time is the event time in ns; a symbol's event times are
 * distinct on a venue, and what another venue than KRX fed has the tag VENUE: so no trade overwrites another, and the
 * same trade always overwrites itself.
 *
 * @module
 */

export const TRADE_MEASUREMENT = "realtime_purchase";
export const QUOTE_MEASUREMENT = "realtime_hoka";

const ALERT_MEASUREMENT = "alert";
/** A symbol's newest trade of each batch, whole: thousands of symbols are read in one field instead of thirty. */
export const LAST_MEASUREMENT = "last_trade";

/** A row of a pivoted Flux answer: `_time` and a column for each tag and field. */
export type InfluxRow = Readonly<Record<string, unknown>>;

const LEVELS = 10;
const FOREIGN = "X_";
/** Ours, not KIS's: where a trade was made. */
export const VENUE = "VENUE";
/** The tag of candles that the stream made, of all venues together. */
const ALL_VENUES = "ALL";
/** Our names that are tags; the rest of a point are fields. */
const TAGS: Readonly<Record<string, string>> = {
  symbol: "STOCKCODE",
  halted: "TRHT_YN",
  session: "HOUR_CLS_CODE",
  closeCode: "MRKT_TRTM_CLS_CODE",
  venue: VENUE,
};

const TRADE_NAMES = namesOf(TRADE_FIELDS);
const QUOTE_NAMES = namesOf([...QUOTE_FIELDS, ...VENUE_QUOTE_FIELDS]);
const TRADE_KEYS = keysOf(TRADE_NAMES);
const QUOTE_KEYS = keysOf(QUOTE_NAMES);

/** From our name to KIS's, for what is a field. */
function namesOf(fields: readonly FrameField[]): ReadonlyMap<string, string> {
  const named = fields.flatMap(({ name, kis }) =>
    name === null || name in TAGS ? [] : [[name, kis] as const]
  );
  return new Map([...named, ["venue", VENUE]]);
}

function keysOf(names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...names].map(([name, kis]) => [kis, name]));
}

/** A trade as a line. */
export function tradeLine(trade: Trade): string {
  const close = typeof trade.closeCode === "string" ? trade.closeCode : "";
  // Tags in the order of their names: InfluxDB would sort them otherwise.
  const tags = `HOUR_CLS_CODE=${tagOf(trade.session)}${
    close === "" ? "" : `,MRKT_TRTM_CLS_CODE=${escape.tag(close)}`
  },STOCKCODE=${trade.symbol},TRHT_YN=${tagOf(trade.halted)}${venueTag(trade)}`;
  return `${TRADE_MEASUREMENT},${tags} ${fieldsOf(trade, TRADE_NAMES).join(",")} ${
    nanoseconds(trade.eventTime)
  }`;
}

/** A trade as the newest of its symbol in a batch. */
export function lastTradeLine(trade: Trade): string {
  const json = quoted(JSON.stringify(trade));
  return `${LAST_MEASUREMENT},STOCKCODE=${trade.symbol} json=${json} ${nanoseconds(trade.eventTime)}`;
}

/** A quote as a line. */
export function quoteLine(quote: Quote): string {
  const tags = `HOUR_CLS_CODE=${tagOf(quote.session)},STOCKCODE=${quote.symbol}${venueTag(quote)}`;
  const { asks, bids, ...rest } = quote;
  const fields = [
    ...sideFields("ASKP", asks),
    ...sideFields("BIDP", bids),
    ...fieldsOf(rest as Record<string, unknown>, QUOTE_NAMES),
  ];
  return `${QUOTE_MEASUREMENT},${tags} ${fields.join(",")} ${nanoseconds(quote.eventTime)}`;
}

/**
 * An alert as a line, for annotations of charts. Several may fire on one trade: the nanoseconds below the millisecond are
 * of the alert's id, so that they stay apart and the same one stays one.
 */
export function alertLine(alert: Alert): string {
  const below = String(hashOf(alert.id) % 1_000_000).padStart(6, "0");
  const fields = {
    id: alert.id,
    rule: alert.ruleId,
    comparator: alert.comparator ?? "",
    value: alert.value ?? "",
    when: whenOf(alert),
    measured: measuredText(alert),
    direction: alert.direction,
    name: alert.name,
    note: alert.note,
    ...(alert.marketSession === undefined ? {} : { session: alert.marketSession }),
    ...(alert.origin === undefined ? {} : { origin: alert.origin }),
  };
  const texts = Object.entries(fields).map(([key, value]) => `${key}=${quoted(value)}`);
  const numbers = `price=${alert.price},rate=${alert.rate},change=${alert.change}`;
  return `${ALERT_MEASUREMENT},KIND=${alert.kind},STOCKCODE=${alert.symbol} ${numbers},${
    texts.join(",")
  } ${alert.eventTime}${below}`;
}

/** What the conditions measured: `from_open 5.03, day_value 12340000000`; "" where it is not known. */
function measuredText({ conditions }: Alert): string {
  return conditions.flatMap(({ measure, params = [], measured }) =>
    measured === undefined ? [] : [`${formatMeasure(measure, params)} ${measured}`]
  ).join(", ");
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A text as a field's value. The client's own escaping goes letter by letter: 12 us of a newest trade's 13. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function tagOf(value: unknown): string {
  return typeof value === "string" && value !== "" ? escape.tag(value) : "0";
}

/** KRX has none: its series are the original's. */
function venueTag(point: { readonly venue?: CandleVenue }): string {
  const venue = venueOf(point);
  return venue === "KRX" ? "" : `,${VENUE}=${venue}`;
}

/** The venue of a row. */
export function venueOfRow(row: InfluxRow): CandleVenue {
  return venueOf({ venue: row[VENUE] as CandleVenue | undefined || undefined });
}

/** Whose candle a row is. */
export function candleSourceOfRow(row: InfluxRow): CandleSource {
  return row[VENUE] === ALL_VENUES ? ALL_VENUES : venueOfRow(row);
}

/** A minute as the stream closed it, as a line of the bucket of candles. */
export function candleLine(candle: MinuteCandle): string {
  const { symbol, start, open, high, low, close, volume, value, trades } = candle;
  const fields = { open, high, low, close, volume, value, trades };
  const written = Object.entries(fields).map(([name, number]) => `${name}=${number}`).join(",");
  return `candle_1m,STOCKCODE=${symbol},${VENUE}=${ALL_VENUES} ${written} ${nanoseconds(start)}`;
}

function nanoseconds(eventTime: number): string {
  return eventTime === 0 ? "0" : `${eventTime}000000`;
}

function fieldsOf(point: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>): string[] {
  const fields: string[] = [];
  for (const key in point) {
    if (key in TAGS || key === "eventTime") continue;
    const value = point[key];
    const name = names.get(key) ?? `${FOREIGN}${escape.tag(key)}`;
    if (typeof value === "number") fields.push(`${name}=${value}`);
    else if (typeof value === "string") fields.push(`${name}=${quoted(value)}`);
  }
  return fields;
}

function sideFields(side: "ASKP" | "BIDP", levels: readonly Level[]): string[] {
  return levels.slice(0, LEVELS).flatMap(([price, size], level) => [
    `${side}${level + 1}=${price}`,
    `${side}_RSQN${level + 1}=${size}`,
  ]);
}

/** The trade of a row. */
export function tradeOfRow(row: InfluxRow): Trade {
  const trade: Record<string, unknown> = { ...common(row), halted: row.TRHT_YN };
  if (typeof row.MRKT_TRTM_CLS_CODE === "string" && row.MRKT_TRTM_CLS_CODE !== "") {
    trade.closeCode = row.MRKT_TRTM_CLS_CODE;
  }
  readFields(row, TRADE_KEYS, trade);
  return trade as unknown as Trade;
}

/** The quote of a row. */
export function quoteOfRow(row: InfluxRow): Quote {
  const quote: Record<string, unknown> = {
    ...common(row),
    asks: sideOf(row, "ASKP"),
    bids: sideOf(row, "BIDP"),
  };
  readFields(row, QUOTE_KEYS, quote);
  return quote as unknown as Quote;
}

function common(row: InfluxRow): Record<string, unknown> {
  const known = { symbol: row.STOCKCODE, eventTime: Date.parse(String(row._time)) };
  return row.HOUR_CLS_CODE === "0" ? known : { ...known, session: row.HOUR_CLS_CODE };
}

function readFields(row: InfluxRow, keys: ReadonlyMap<string, string>, into: Record<string, unknown>): void {
  for (const [column, value] of Object.entries(row)) {
    if (value === null || value === undefined || value === "" && column === VENUE) continue;
    const key = keys.get(column) ?? (column.startsWith(FOREIGN) ? column.slice(FOREIGN.length) : undefined);
    if (key !== undefined) into[key] = value;
  }
}

function sideOf(row: InfluxRow, side: "ASKP" | "BIDP"): Level[] {
  const levels: Level[] = [];
  for (let level = 1; level <= LEVELS; level++) {
    const price = row[`${side}${level}`];
    const size = row[`${side}_RSQN${level}`];
    if (typeof price !== "number" || typeof size !== "number") break;
    levels.push([price, size]);
  }
  return levels;
}
