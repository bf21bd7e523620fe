/**
 * How what is known of a symbol grows: from a master file each morning, then by REST for those that rules name.
 *
 * @module
 */
import { MarketCalendar } from "./calendar.ts";
import type { MasterEntry } from "./kis/master_file.ts";
import { type DailyCandle, MAX_DAILY_CANDLES, type SymbolReference } from "./reference.ts";
import { dayOfDate } from "./seoul_time.ts";

/** What REST says of a symbol on a day. */
export type ReferenceDetails = Partial<
  Pick<
    SymbolReference,
    "nameEn" | "nxt" | "basePrice" | "upperLimit" | "lowerLimit" | "high52w" | "low52w"
  >
>;

/**
 * A symbol on a day as its master file has it. What only REST says stays as it was, save the day's limits, which are
 * another day's.
 *
 * @param date `YYYYMMDD`, the day the file is of.
 */
export function ofMaster(
  entry: MasterEntry,
  date: string,
  before: SymbolReference | undefined,
): SymbolReference {
  const sameDay = before?.date === date;
  return {
    ...entry,
    date,
    masterDate: date,
    nameEn: before?.nameEn ?? null,
    nxt: before?.nxt ?? null,
    // An earlier file of the day does not take back what the exchange's own base price says.
    basePrice: entry.basePrice ?? (sameDay ? before.basePrice : null),
    upperLimit: sameDay ? before.upperLimit : null,
    lowerLimit: sameDay ? before.lowerLimit : null,
    high52w: before?.high52w ?? null,
    low52w: before?.low52w ?? null,
    candles: before?.candles ?? [],
  };
}

/** A reference with what REST says of it; what it does not say (undefined or null) stays. */
export function withDetails(reference: SymbolReference, details: ReferenceDetails): SymbolReference {
  const known = Object.entries(details).filter(([, value]) => value !== undefined && value !== null);
  return { ...reference, ...Object.fromEntries(known) };
}

/**
 * A reference with further daily candles; of a day that stands in both the newer wins. Candles of its own day and later
 * are left out: that day is not over.
 */
export function withCandles(reference: SymbolReference, candles: readonly DailyCandle[]): SymbolReference {
  const byDate = new Map(reference.candles.map((candle) => [candle.date, candle]));
  for (const candle of candles) byDate.set(candle.date, candle);
  const past = [...byDate.values()].filter(({ date }) => date < reference.date);
  past.sort((a, b) => a.date < b.date ? -1 : 1);
  return { ...reference, candles: past.slice(-MAX_DAILY_CANDLES) };
}

/**
 * Whether candles go on from those that are known: at least one day stands in both, and no price of such a day has been
 * adjusted meanwhile (a split, a rights issue). Otherwise all of them are to be fetched anew.
 */
export function goesOn(known: readonly DailyCandle[], fetched: readonly DailyCandle[]): boolean {
  const byDate = new Map(known.map((candle) => [candle.date, candle]));
  const both = fetched.filter(({ date }) => byDate.has(date));
  return both.length > 0 && both.every((candle) => {
    const before = byDate.get(candle.date) as DailyCandle;
    return before.close === candle.close && before.high === candle.high && before.low === candle.low;
  });
}

const calendar = new MarketCalendar();

function withStored(reference: SymbolReference, stored: readonly DailyCandle[]): SymbolReference {
  if (stored.length === 0) return reference;
  let { candles } = reference;
  for (const candle of stored) {
    const newest = candles.at(-1);
    if (candle.date >= reference.date) break;
    if (newest !== undefined && candle.date <= newest.date) continue;
    candles = newest !== undefined && isNext(newest.date, candle.date) ? [...candles, candle] : [candle];
  }
  const newest = candles.at(-1);
  if (newest !== undefined && !isNext(newest.date, reference.date)) candles = [];
  return { ...reference, candles: candles.slice(-MAX_DAILY_CANDLES) };
}

/** Whether there is no trading day between two days. */
function isNext(date: string, later: string): boolean {
  return (dayOfDate(date) as number) >= calendar.previousTradingDay(dayOfDate(later) as number);
}

/**
 * What is known of a symbol as it was on a past day: what holds for one day alone is not known of that one.
 *
 * @param stored daily candles of our own, ascending: those of days that the reference does not have, as far as no trading
 * day is missing between.
 */
export function referenceOn(
  reference: SymbolReference,
  date: string,
  stored: readonly DailyCandle[] = [],
): SymbolReference {
  if (reference.date === date) return withStored(reference, reference.candles.length === 0 ? stored : []);
  const past = withStored(withCandles({ ...reference, date }, []), stored);
  const close = past.candles.at(-1)?.close ?? null;
  return { ...past, basePrice: close, upperLimit: null, lowerLimit: null, high52w: null, low52w: null };
}
