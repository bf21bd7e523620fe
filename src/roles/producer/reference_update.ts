import type { ReferenceBook } from "../../books/reference_book.ts";
import { forgottenReference, referenceRecord } from "../../books/reference_book.ts";
import type { MasterFile } from "../../market/kis/master_file.ts";
import { type DailyCandle, MAX_DAILY_CANDLES, type SymbolReference } from "../../market/reference.ts";
import { goesOn, ofMaster, withCandles, withDetails } from "../../market/reference_merge.ts";
import { dateOfDay, dayOfDate } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import { type Asking, DAYS_A_PAGE, type Quotations } from "../../ports/quotations.ts";

/** Records of one append. */
const MAX_RECORDS = 500;
/** Days of the calendar that have at least so many trading days as are kept. */
const CANDLE_DAYS = 400;
/** Days of the calendar that a first page is asked for, where older candles are known. */
const RECENT_DAYS = 30;
/** Pages of candles of one symbol, at most: the year is three. */
const MAX_PAGES = 6;

/** What came of master files. */
export interface MasterOutcome {
  readonly written: number;
  readonly forgotten: number;
  /** Securities whose code no rule can name. */
  readonly passedOver: number;
}

/** Where references are read from and written to. */
export interface ReferenceShelf {
  readonly log: EventLog;
  readonly book: ReferenceBook;
}

/**
 * Writes what master files say of every symbol, for a day; symbols of the same market that they no longer have are
 * forgotten. Names in English are kept.
 *
 * @param day.date `YYYYMMDD`. @param day.now epoch ms.
 */
export async function writeMasters(
  shelf: ReferenceShelf,
  files: readonly MasterFile[],
  day: { readonly date: string; readonly now: number },
): Promise<MasterOutcome> {
  const { book, log } = shelf;
  const references = files.flatMap(({ entries }) =>
    entries.map((entry) => ofMaster(entry, day.date, book.get(entry.symbol)))
  );
  const listed = new Set(references.map(({ symbol }) => symbol));
  const markets = new Set(files.map(({ market }) => market));
  const gone = book.all().filter(({ symbol, market }) => markets.has(market) && !listed.has(symbol));
  await append(log, [
    ...references.map((reference) => referenceRecord(reference, day.now)),
    ...gone.map(({ symbol }) => forgottenReference(symbol, day.now)),
  ]);
  for (const reference of references) book.put(reference);
  for (const { symbol } of gone) book.remove(symbol);
  const passedOver = files.reduce((sum, file) => sum + file.passedOver, 0);
  return { written: references.length, forgotten: gone.length, passedOver };
}

/**
 * Asks for all that master files do not have of a symbol (NXT or not, limits, 52 weeks, daily candles), and writes it.
 *
 * @returns the reference, or undefined for a symbol that KIS does not know.
 * @throws {OutsideError} that is retryable: what it could not get is to be asked for again.
 */
export async function writeDetails(
  shelf: ReferenceShelf & { readonly quotations: Quotations },
  symbol: Symbol,
  day: { readonly date: string; readonly now: number; readonly asking: Asking },
): Promise<SymbolReference | undefined> {
  const { book, log, quotations } = shelf;
  const fetched = await askReference(quotations, symbol, { ...day, before: book.get(symbol) });
  if (fetched === undefined) return undefined;
  await append(log, [referenceRecord(fetched, day.now)]);
  book.put(fetched);
  return fetched;
}

/**
 * All that REST says of a symbol on a day, over what was known of it; undefined for a symbol that KIS does not know.
 *
 * @throws {OutsideError} that is retryable: what it could not get is to be asked for again.
 */
export async function askReference(
  quotations: Quotations,
  symbol: Symbol,
  { date, asking, before }: {
    readonly date: string;
    readonly asking: Asking;
    readonly before: SymbolReference | undefined;
  },
): Promise<SymbolReference | undefined> {
  const info = await quotations.info(symbol, asking);
  const base = before === undefined ? ofInfo(symbol, info, date) : { ...before, date };
  if (base === undefined) return undefined;
  const { day } = await quotations.price(symbol, "KRX", asking);
  const { nxt, nameEn } = info;
  const known = withDetails(base, { nxt, nameEn, ...day });
  return withCandles(known, await candlesOf(known, quotations, asking));
}

/** A symbol that no master file has named yet. */
function ofInfo(
  symbol: Symbol,
  info: Awaited<ReturnType<Quotations["info"]>>,
  date: string,
): SymbolReference | undefined {
  const { name, market, kind, halted, administrative, listedOn } = info;
  if (name === undefined || market === undefined) return undefined;
  const entry = {
    symbol,
    name,
    market,
    kind,
    halted,
    administrative,
    listedOn,
    basePrice: null,
    liquidation: false,
    warning: "none" as const,
  };
  return { ...ofMaster(entry, date, undefined), masterDate: null };
}

/** The candles that are missing: a recent page where it goes on from what is known, otherwise the whole year. */
async function candlesOf(
  reference: SymbolReference,
  quotations: Quotations,
  asking: Asking,
): Promise<readonly DailyCandle[]> {
  const { symbol, date, candles } = reference;
  const to = daysBefore(date, 1);
  if (candles.length > 0) {
    const recent = await quotations.days(symbol, { from: daysBefore(date, RECENT_DAYS), to }, asking);
    if (goesOn(candles, recent)) return recent;
  }
  const found: DailyCandle[] = [];
  const from = daysBefore(date, CANDLE_DAYS);
  for (let page = 0, until = to; page < MAX_PAGES && until >= from; page++) {
    const rows = await quotations.days(symbol, { from, to: until }, asking);
    found.unshift(...rows);
    const oldest = rows[0];
    if (oldest === undefined || rows.length < DAYS_A_PAGE || found.length >= MAX_DAILY_CANDLES) break;
    until = daysBefore(oldest.date, 1);
  }
  return found;
}

function daysBefore(date: string, days: number): string {
  return dateOfDay((dayOfDate(date) as number) - days);
}

async function append(log: EventLog, records: readonly NewRecord[]): Promise<void> {
  for (let start = 0; start < records.length; start += MAX_RECORDS) {
    await log.append(records.slice(start, start + MAX_RECORDS));
  }
}
