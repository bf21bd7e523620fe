import { MarketCalendar } from "./calendar.ts";
import { marketSessionOf } from "./market_session.ts";
import type { LastTrade, MinuteCandle } from "./minute_candle.ts";
import type { DailyCandle, DatedPrice, SymbolReference } from "./reference.ts";
import { daysBefore, YEAR_DAYS } from "./reference.ts";
import { withCandles } from "./reference_merge.ts";
import { dateOfDay, dayOfDate } from "./seoul_time.ts";
import type { Symbol } from "./symbol.ts";

/**
 * The end of a day: its daily candles out of our own minutes, and the next day's references, so that measures of days go
 * on without an outside source. What the exchange's own data says later takes their place.
 *
 * @module
 */

const calendar = new MarketCalendar();

interface Sum {
  readonly open: number;
  high: number;
  low: number;
  /** The last trade of the regular session or at its closing price, of another venue than the exchange where there is no other. */
  last: LastTrade;
}

/** Makes the daily candles of a day of its minutes, in whatever order they come; one that is given twice counts once. */
export class DayCandles {
  readonly #sums = new Map<Symbol, Sum>();
  /** In Asia/Seoul, see `seoulDay`. */
  readonly day: number;
  readonly #date: string;

  /** @param day as {@link DayCandles.day}. */
  constructor(day: number) {
    this.day = day;
    this.#date = dateOfDay(day);
  }

  take({ symbol, open, high, low, last: lasts }: MinuteCandle): void {
    for (const last of lasts) {
      if (!["regular", "closing"].includes(marketSessionOf(last.trade))) continue;
      const sum = this.#sums.get(symbol);
      if (sum === undefined) {
        this.#sums.set(symbol, { open, high, low, last });
        continue;
      }
      sum.high = Math.max(sum.high, high);
      sum.low = Math.min(sum.low, low);
      if (isLater(last, sum.last)) sum.last = last;
    }
  }

  /**
   * A symbol's candle: as its last trade says of the day (the feed knows also what was traded before we listened), or where
   * it does not say so, of the minutes that we saw. Undefined: it did not trade.
   */
  of(symbol: Symbol): DailyCandle | undefined {
    const sum = this.#sums.get(symbol);
    if (sum === undefined) return undefined;
    const { open, high, low, price: close, accVolume: volume } = sum.last.trade;
    const isKnown = open > 0 && high >= close && low > 0 && low <= close;
    const prices = isKnown ? { open, high, low } : { open: sum.open, high: sum.high, low: sum.low };
    return { date: this.#date, ...prices, close, volume };
  }
}

/** Whether a trade is nearer to the exchange's close than another: the exchange's before NXT's, then the later one. */
function isLater({ trade }: LastTrade, { trade: other }: LastTrade): boolean {
  const [isOfNxt, otherIsOfNxt] = [trade.venue === "NXT", other.venue === "NXT"];
  return isOfNxt === otherIsOfNxt ? trade.eventTime >= other.eventTime : otherIsOfNxt;
}

/**
 * What is known of a symbol on a day, of what was known on the last one and that one's candle.
 *
 * @param ended.day the day that is over. @param ended.candle undefined: the symbol did not trade.
 * @param date the day that begins, `YYYYMMDD`.
 * @returns undefined: nothing is to be added.
 */
export function carriedOver(
  reference: SymbolReference,
  ended: { readonly day: number; readonly candle: DailyCandle | undefined },
  date: string,
): SymbolReference | undefined {
  const { day, candle } = ended;
  const endedOn = dateOfDay(day);
  if (reference.date > date || (candle === undefined && reference.candles.length === 0)) return undefined;
  const isThere = candle === undefined || reference.candles.some((known) => known.date === endedOn);
  if (reference.date === date) return isThere ? undefined : withCandles(reference, [candle]);
  const before = goesOn(reference, day) ? reference : { ...reference, candles: [] };
  const basePrice = candle?.close ?? (reference.date === endedOn ? reference.basePrice : null);
  const next = {
    ...before,
    date,
    basePrice,
    upperLimit: null,
    lowerLimit: null,
    high52w: extreme(reference.high52w, candle?.high, {
      date,
      endedOn,
      isBeyond: (one, other) => one >= other,
    }),
    low52w: extreme(reference.low52w, candle?.low, { date, endedOn, isBeyond: (one, other) => one <= other }),
  };
  return withCandles(next, isThere ? [] : [candle]);
}

/** Whether no trading day is missing between the candles of a reference and a day: else averages would be of others. */
function goesOn({ date, candles }: SymbolReference, day: number): boolean {
  if (date === dateOfDay(day)) return true;
  const newest = dayOfDate(candles.at(-1)?.date ?? "");
  return newest !== undefined && newest >= calendar.previousTradingDay(day);
}

/** A price of 52 weeks with another day's; one that is older by now is not known any more. */
function extreme(
  known: DatedPrice | null,
  price: number | undefined,
  { date, endedOn, isBeyond }: {
    readonly date: string;
    readonly endedOn: string;
    readonly isBeyond: (one: number, other: number) => boolean;
  },
): DatedPrice | null {
  if (known === null || known.date < daysBefore(date, YEAR_DAYS)) return null;
  return price !== undefined && isBeyond(price, known.price) ? { price, date: endedOn } : known;
}
