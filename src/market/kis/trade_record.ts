import { type Sign, type Trade, TRADE_KEYS } from "../trade.ts";
import { dateOf, dayOfDate, hourOf, startOfSeoulDay, timeOfHour } from "../seoul_time.ts";
import { type FrameField, type FrameKind, TRADE_FIELDS } from "./fields.ts";
import { type RecordReader, writeExtras } from "./record.ts";
import { FieldFault, writeField } from "./values.ts";

function at(kis: string): number {
  return TRADE_FIELDS.findIndex((field) => field.kis === kis);
}

const HOUR = at("STCK_CNTG_HOUR");
const DATE = at("BSOP_DATE");
const SESSION = at("HOUR_CLS_CODE");
const PRICE = at("STCK_PRPR");

/** The optional fields of a trade that come first, in this order, after the keys every trade has. */
const LEADING = ["session", "side", "strength", "weightedAverage", "viBase", "turnover"];
const REQUIRED: ReadonlySet<string> = new Set(TRADE_KEYS);
const OPTIONAL = TRADE_FIELDS.map((field, index) => ({ field, index }))
  .filter(({ field }) => field.name !== null && !REQUIRED.has(field.name))
  .sort((a, b) => rank(a.field) - rank(b.field));

function rank(field: FrameField): number {
  const leading = LEADING.indexOf(field.name as string);
  return leading < 0 ? LEADING.length : leading;
}

/**
 * Reads one trade from a frame's fields. A number that every trade has and this one has not is 0.
 *
 * @throws {FieldFault} at the first field that decides and cannot be read.
 */
export function readTrade(kind: FrameKind, record: RecordReader): Trade {
  const value = (index: number) => record.value(index);
  const number = (index: number) => (record.value(index) ?? 0) as number;
  const session = (value(SESSION) ?? "0") as string;
  const price = value(PRICE) as number;
  if (price === 0 && session === "0") {
    throw new FieldFault(TRADE_FIELDS[PRICE] as FrameField, "0", "must not be 0 in a trade");
  }
  const trade: Record<string, string | number> = {
    symbol: value(0) as string,
    eventTime: eventTimeOf(value(DATE) as string, value(HOUR) as string),
    price,
    sign: value(3) as Sign,
    change: value(4) as number,
    rate: value(5) as number,
    open: number(7),
    high: number(8),
    low: number(9),
    volume: value(12) as number,
    accVolume: value(13) as number,
    accValue: number(14),
    ask: number(10),
    bid: number(11),
    halted: value(35) as string,
  };
  if (kind.venue !== "KRX") trade.venue = kind.venue;
  for (const { field, index } of OPTIONAL) {
    const read = value(index);
    if (read === undefined || (index === SESSION && read === "0")) continue;
    trade[field.name as string] = read;
  }
  record.extras(trade);
  return trade as unknown as Trade;
}

function eventTimeOf(date: string, hour: string): number {
  return startOfSeoulDay(dayOfDate(date) as number) + (timeOfHour(hour) as number);
}

/** How price stands to another price, as KIS writes signs: 2 above, 3 equal, 5 below. */
function signOf(difference: number): Sign {
  return difference > 0 ? "2" : difference < 0 ? "5" : "3";
}

/** What the fields that are not kept follow from. */
function derived(kis: string, trade: Trade): string | number | undefined {
  const against = (base: number) => trade.price - base;
  switch (kis) {
    case "STCK_CNTG_HOUR":
      return hourOf(trade.eventTime);
    case "BSOP_DATE":
      return dateOf(trade.eventTime);
    case "NTBY_CNTG_CSNU":
      return trade.buyCount === undefined || trade.sellCount === undefined
        ? undefined
        : Number(trade.buyCount) - Number(trade.sellCount);
    case "OPRC_VRSS_PRPR_SIGN":
      return signOf(against(trade.open));
    case "OPRC_VRSS_PRPR":
      return against(trade.open);
    case "HGPR_VRSS_PRPR_SIGN":
      return signOf(against(trade.high));
    case "HGPR_VRSS_PRPR":
      return against(trade.high);
    case "LWPR_VRSS_PRPR_SIGN":
      return signOf(against(trade.low));
    default:
      return against(trade.low); // LWPR_VRSS_PRPR
  }
}

/**
 * A trade as one record of a KIS frame: 46 fields, 47 where its market session is known. Those that Tickbell does not keep
 * are made from the others. {@link readTrade} of it is the trade again, at the whole second.
 */
export function writeTrade(trade: Trade): string {
  const extras = writeExtras(trade, TRADE_FIELDS.length);
  const isOld = trade.marketSession === undefined && extras.length === 0;
  const fields = isOld ? OLD_FIELDS : TRADE_FIELDS;
  return [...fields.map((field) => writeField(field, valueOf(trade, field))), ...extras].join("^");
}

const OLD_FIELDS = TRADE_FIELDS.filter((field) => field.name !== "marketSession");

function valueOf(trade: Trade, field: FrameField): string | number | undefined {
  if (field.name === "session") return trade.session ?? "0";
  return field.name === null ? derived(field.kis, trade) : trade[field.name];
}

/** A value of a trade by its KIS name, for stores that keep KIS's names; undefined where the trade does not have it. */
export function tradeValue(trade: Trade, kis: string): string | number | undefined {
  const found = BY_KIS.get(kis);
  if (found === undefined) return undefined;
  const value = valueOf(trade, found);
  return found.kind === "market_session" && value !== undefined ? writeField(found, value) : value;
}

const BY_KIS = new Map(TRADE_FIELDS.map((field) => [field.kis, field]));
