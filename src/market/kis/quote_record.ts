import type { Level, Quote } from "../quote.ts";
import { DAY_MS, hourOf, seoulDay, startOfSeoulDay, timeOfHour } from "../seoul_time.ts";
import { type FrameField, type FrameKind, QUOTE_FIELDS, VENUE_QUOTE_FIELDS } from "./fields.ts";
import { type RecordReader, writeExtras } from "./record.ts";
import { writeField } from "./values.ts";

const LEVELS = 10;
const HOUR = 1;
const ASK_PRICES = 3;
const BID_PRICES = ASK_PRICES + LEVELS;
const ASK_SIZES = BID_PRICES + LEVELS;
const BID_SIZES = ASK_SIZES + LEVELS;
/** What the first order books had. */
const COMMON_WIDTH = 59;

/** Where nothing is expected KIS fills the expected price and what follows from it with zeros: not kept. */
const EXPECTED = new Set(["expectedPrice", "expectedVolume", "expectedAccVolume", "expectedChange"]);

/** The fields of a kind that have a name of ours, save the symbol. */
function namedOf(fields: readonly FrameField[]) {
  return fields.map((field, index) => ({ name: field.name, index }))
    .filter((one): one is { name: string; index: number } => one.name !== null && one.name !== "symbol");
}

const NAMED = {
  KRX: namedOf(QUOTE_FIELDS),
  NXT: namedOf(VENUE_QUOTE_FIELDS),
  UN: namedOf(VENUE_QUOTE_FIELDS),
};

/**
 * Reads one order book from a frame's fields. Levels without a price at the end are not kept.
 *
 * @throws {FieldFault} at the first field that decides and cannot be read.
 */
export function readQuote(kind: FrameKind, record: RecordReader, receivedAt: number): Quote {
  const levels = (prices: number, sizes: number) => {
    const all: Level[] = [];
    for (let level = 0; level < LEVELS; level++) {
      all.push([(record.value(prices + level) ?? 0) as number, (record.value(sizes + level) ?? 0) as number]);
    }
    while (all.length > 0 && all[all.length - 1]?.[0] === 0 && all[all.length - 1]?.[1] === 0) all.pop();
    return all;
  };
  const quote: Record<string, unknown> = {
    symbol: record.value(0),
    eventTime: nearestTime(record.value(HOUR) as string, receivedAt),
    asks: levels(ASK_PRICES, ASK_SIZES),
    bids: levels(BID_PRICES, BID_SIZES),
    totalAskSize: 0,
    totalBidSize: 0,
  };
  if (kind.venue !== "KRX") quote.venue = kind.venue;
  for (const { name, index } of NAMED[kind.venue]) {
    const read = record.value(index);
    if (read === undefined || (name === "session" && read === "0")) continue;
    if (read === 0 && EXPECTED.has(name)) continue;
    quote[name] = read;
  }
  record.extras(quote);
  return quote as unknown as Quote;
}

/** The time with this time of day in Asia/Seoul that is nearest to `receivedAt`: order books carry no date. */
function nearestTime(hour: string, receivedAt: number): number {
  const time = startOfSeoulDay(seoulDay(receivedAt)) + (timeOfHour(hour) as number);
  if (time - receivedAt > DAY_MS / 2) return time - DAY_MS;
  return receivedAt - time > DAY_MS / 2 ? time + DAY_MS : time;
}

/**
 * An order book as one record of a KIS frame, no wider than what is known of it. {@link readQuote} of it is the order book
 * again, at the whole second.
 */
export function writeQuote(quote: Quote): string {
  const isKrx = quote.venue === undefined || quote.venue === "KRX";
  const fields = isKrx ? QUOTE_FIELDS : VENUE_QUOTE_FIELDS;
  const extras = writeExtras(quote, fields.length);
  let width = isKrx ? COMMON_WIDTH : fields.length;
  for (let index = width; index < fields.length; index++) {
    if (quote[fields[index]?.name as string] !== undefined) width = index + 1;
  }
  if (extras.length > 0) width = fields.length;
  const texts = fields.slice(0, width).map((field, index) => {
    if (index === HOUR) return hourOf(quote.eventTime);
    if (field.name === "session") return quote.session ?? "0";
    if (index >= ASK_PRICES && index < BID_SIZES + LEVELS) return String(levelValue(quote, index));
    if (field.name === null) return "0";
    const value = quote[field.name] as string | number | undefined;
    return value === undefined && EXPECTED.has(field.name) ? "0" : writeField(field, value);
  });
  return [...texts, ...extras].join("^");
}

function levelValue(quote: Quote, index: number): number {
  const level = (index - ASK_PRICES) % LEVELS;
  const isAsk = index < BID_PRICES || (index >= ASK_SIZES && index < BID_SIZES);
  const side = isAsk ? quote.asks : quote.bids;
  return side[level]?.[index < ASK_SIZES ? 0 : 1] ?? 0;
}

const BY_KIS = new Map(
  [VENUE_QUOTE_FIELDS, QUOTE_FIELDS].flatMap((fields) =>
    fields.map((field, index) => [field.kis, { field, index }] as const)
  ),
);

/** A value of an order book by its KIS name, for stores that keep KIS's names; undefined where it does not have it. */
export function quoteValue(quote: Quote, kis: string): string | number | undefined {
  const found = BY_KIS.get(kis);
  if (found === undefined) return undefined;
  const { field, index } = found;
  if (index === HOUR) return hourOf(quote.eventTime);
  if (field.name === "session") return quote.session ?? "0";
  if (index >= ASK_PRICES && index < BID_SIZES + LEVELS) return levelValue(quote, index);
  if (field.name === null) return undefined;
  const value = quote[field.name] as string | number | undefined;
  if (field.kind === "market_session") return value === undefined ? undefined : writeField(field, value);
  return value === undefined && EXPECTED.has(field.name) ? 0 : value;
}
