import type { Level, Quote } from "../quote.ts";
import { DAY_MS, hourOf, seoulDay, startOfSeoulDay, timeOfHour } from "../seoul_time.ts";
import { type Field, type FrameKind, QUOTE_FIELDS, VENUE_QUOTE_FIELDS } from "./fields.ts";
import { FieldFault, readField, writeField } from "./values.ts";

const LEVELS = 10;
const HOUR = 1;
const ASK_PRICES = 3;
const BID_PRICES = ASK_PRICES + LEVELS;
const ASK_SIZES = BID_PRICES + LEVELS;
const BID_SIZES = ASK_SIZES + LEVELS;

const NAMED = VENUE_QUOTE_FIELDS.map((field, index) => ({ field, index }))
  .filter(({ field }) => field.name !== null && field.name !== "symbol");
/** Where nothing is expected KIS fills the expected price and what follows from it with zeros: not kept. */
const EXPECTED = new Set(["expectedPrice", "expectedVolume", "expectedAccVolume", "expectedChange"]);

/**
 * Reads one order book from a frame's fields. Levels without a price at the end are not kept.
 *
 * @throws {FieldFault} at the first field that cannot be read.
 */
export function readQuote(
  kind: FrameKind,
  fields: readonly string[],
  start: number,
  receivedAt: number,
): Quote {
  const value = (index: number) => {
    const read = readField(kind.fields[index] as Field, fields[start + index] as string);
    if (read instanceof FieldFault) throw read;
    return read;
  };
  const levels = (prices: number, sizes: number) => {
    const all: Level[] = [];
    for (let level = 0; level < LEVELS; level++) {
      all.push([value(prices + level) as number, value(sizes + level) as number]);
    }
    while (all.length > 0 && all[all.length - 1]?.[0] === 0 && all[all.length - 1]?.[1] === 0) all.pop();
    return all;
  };
  const quote: Record<string, unknown> = {
    symbol: value(0),
    eventTime: nearestTime(value(HOUR) as string, receivedAt),
    asks: levels(ASK_PRICES, ASK_SIZES),
    bids: levels(BID_PRICES, BID_SIZES),
    totalAskSize: 0,
    totalBidSize: 0,
  };
  if (kind.venue !== "KRX") quote.venue = kind.venue;
  for (const { field, index } of NAMED) {
    if (index >= kind.fields.length) break;
    const read = value(index);
    if (read === undefined || (field.name === "session" && read === "0")) continue;
    if (read === 0 && EXPECTED.has(field.name as string)) continue;
    quote[field.name as string] = read;
  }
  return quote as unknown as Quote;
}

/** The time with this time of day in Asia/Seoul that is nearest to `receivedAt`: order books carry no date. */
function nearestTime(hour: string, receivedAt: number): number {
  const time = startOfSeoulDay(seoulDay(receivedAt)) + (timeOfHour(hour) as number);
  if (time - receivedAt > DAY_MS / 2) return time - DAY_MS;
  return receivedAt - time > DAY_MS / 2 ? time + DAY_MS : time;
}

/** An order book as one record of a KIS frame. {@link readQuote} of it is the order book again, at the whole second. */
export function writeQuote(quote: Quote): string {
  const fields = quote.venue === undefined || quote.venue === "KRX" ? QUOTE_FIELDS : VENUE_QUOTE_FIELDS;
  return fields.map((field, index) => {
    if (index === HOUR) return hourOf(quote.eventTime);
    if (field.name === "session") return quote.session ?? "0";
    if (index >= ASK_PRICES && index < BID_SIZES + LEVELS) return String(levelValue(quote, index));
    if (field.name === null) return "0";
    const value = quote[field.name] as string | number | undefined;
    return value === undefined && EXPECTED.has(field.name) ? "0" : writeField(field, value);
  }).join("^");
}

function levelValue(quote: Quote, index: number): number {
  const level = (index - ASK_PRICES) % LEVELS;
  const isAsk = index < BID_PRICES || (index >= ASK_SIZES && index < BID_SIZES);
  const side = isAsk ? quote.asks : quote.bids;
  return side[level]?.[index < ASK_SIZES ? 0 : 1] ?? 0;
}

const BY_KIS = new Map(VENUE_QUOTE_FIELDS.map((field, index) => [field.kis, { field, index }]));

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
  return value === undefined && EXPECTED.has(field.name) ? 0 : value;
}
