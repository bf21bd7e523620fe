import { againstClose } from "./day_range.ts";
import { dayOfDate, startOfSeoulDay, timeOfHour } from "./seoul_time.ts";
import type { Symbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";

/** What was traded in a minute. Won and shares. */
export interface MinuteBar {
  /** `YYYYMMDD`. */
  readonly date: string;
  /** `HHMMSS` at which the minute begins. */
  readonly hour: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** What is known besides of the day that some minutes are of. */
export interface MinuteDay {
  readonly symbol: Symbol;
  /** The close of the trading day before, won. */
  readonly previousClose: number;
  readonly venue?: "NXT" | "UN";
}

/** When in its minute each of its prices stands, ms: open, the two extremes, close. */
const PLACES_MS = [0, 20_000, 40_000, 59_000] as const;

/**
 * A day's minutes as trades, four a minute: its open, its low and high (the one nearer to the open first), its close. The
 * minute's shares are spread evenly over them, so that every measure of minutes is exact; what happened within a minute is
 * not known, and is as simple as it can have been.
 *
 * @param minutes of one day, oldest first.
 */
export function tradesOfMinutes(minutes: readonly MinuteBar[], day: MinuteDay): readonly Trade[] {
  const trades: Trade[] = [];
  let accVolume = 0;
  let accValue = 0;
  let high = 0;
  let low = Infinity;
  for (const minute of minutes) {
    const start = startOfSeoulDay(dayOfDate(minute.date) as number) + (timeOfHour(minute.hour) as number);
    const share = Math.floor(minute.volume / PLACES_MS.length);
    pathOf(minute).forEach((price, index) => {
      const isLast = index === PLACES_MS.length - 1;
      const volume = isLast ? minute.volume - share * (PLACES_MS.length - 1) : share;
      accVolume += volume;
      accValue += volume * price;
      high = Math.max(high, price);
      low = Math.min(low, price);
      trades.push({
        symbol: day.symbol,
        eventTime: start + (PLACES_MS[index] as number),
        price,
        ...againstClose(price, day.previousClose),
        open: minutes[0]?.open as number,
        high,
        low,
        volume,
        accVolume,
        accValue,
        ask: 0,
        bid: 0,
        halted: "N",
        ...(day.venue === undefined ? {} : { venue: day.venue }),
      });
    });
  }
  return trades;
}

function pathOf({ open, high, low, close }: MinuteBar): readonly [number, number, number, number] {
  return open - low <= high - open ? [open, low, high, close] : [open, high, low, close];
}
