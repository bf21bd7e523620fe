import { MarketCalendar } from "./calendar.ts";

/**
 * How far back measures of candles look, in trading days: a restart reads so many candles back, and no measure reads
 * older ones, so a stream that never stopped says the same as one that was restarted.
 *
 * @module
 */

/** The intervals of candles that measures name, in minutes. */
export const INTERVAL_MINUTES = {
  "1m": 1,
  "3m": 3,
  "5m": 5,
  "10m": 10,
  "15m": 15,
  "30m": 30,
  "60m": 60,
} as const;
export type MinuteInterval = keyof typeof INTERVAL_MINUTES;

/** The trading days before today that a measure of an interval reads. */
export const LOOK_BACK_DAYS: Readonly<Record<MinuteInterval, number>> = {
  "1m": 1,
  "3m": 2,
  "5m": 3,
  "10m": 5,
  "15m": 8,
  "30m": 12,
  "60m": 20,
};

/** The most days that any looks back. */
export const MOST_LOOK_BACK_DAYS = 20;

/** Minutes of a regular session, 09:00 to 15:30. */
const REGULAR_MINUTES = 390;

/** How many candles of an interval there are in the days before today, of a symbol that trades each minute. */
export function candlesKept(interval: MinuteInterval): number {
  return LOOK_BACK_DAYS[interval] * Math.ceil(REGULAR_MINUTES / INTERVAL_MINUTES[interval]);
}

const calendar = new MarketCalendar();
const firstDays = new Map<number, readonly number[]>();

/**
 * The first day (in Asia/Seoul, see `seoulDay`) that a measure on a day reads.
 *
 * @param tradingDays how many trading days before the day, 0 to {@link MOST_LOOK_BACK_DAYS}.
 */
export function lookBackFrom(day: number, tradingDays: number): number {
  let days = firstDays.get(day);
  if (days === undefined) {
    const found = [day];
    for (let back = 0; back < MOST_LOOK_BACK_DAYS; back++) {
      found.push(calendar.previousTradingDay(found[back] as number));
    }
    if (firstDays.size >= 64) firstDays.clear();
    firstDays.set(day, days = found);
  }
  return days[tradingDays] as number;
}
