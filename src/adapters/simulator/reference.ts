import { type Random, seededRandom } from "../../core/backoff.ts";
import { type ListedSymbol, referenceOfListed } from "../../market/directory.ts";
import type { PriceLimits } from "../../market/limits.ts";
import type { DailyCandle, SymbolReference } from "../../market/reference.ts";
import { dateOfDay } from "../../market/seoul_time.ts";
import { floorToTick } from "../../market/tick_size.ts";

/** Trading days before the first simulated one that a symbol has candles of: what averages of daily closes are made from. */
const DAYS = 120;
/** A day's close is within this share of the one before. */
const WIDTH = 0.025;
/** How far the 52 weeks reached beyond the days that have candles. */
const YEAR_WIDTH = 0.08;

/**
 * What is known of a simulated symbol on a day: limits, and a made-up past that leads to its base price, the same for the
 * same seed.
 *
 * @param on.day a day in Asia/Seoul, see `seoulDay`. @param on.basePrice won.
 */
export function simulatedReference(
  listed: ListedSymbol,
  on: {
    readonly day: number;
    readonly basePrice: number;
    readonly limits: PriceLimits | undefined;
    readonly halted: boolean;
    readonly seed: number;
  },
): SymbolReference {
  const random = seededRandom(on.seed ^ parseInt(listed.symbol, 36));
  const candles = pastOf(listed, { ...on, random });
  const highest = candles.reduce((best, candle) => candle.high > best.high ? candle : best);
  const lowest = candles.reduce((best, candle) => candle.low < best.low ? candle : best);
  const beyond = (price: number, direction: 1 | -1) =>
    floorToTick({ type: listed.type, day: on.day, price: price * (1 + direction * random() * YEAR_WIDTH) });
  return {
    ...referenceOfListed(listed),
    date: dateOfDay(on.day),
    basePrice: on.basePrice,
    halted: on.halted,
    nxt: false,
    upperLimit: on.limits?.upper ?? null,
    lowerLimit: on.limits?.lower ?? null,
    high52w: { price: Math.max(highest.high, beyond(highest.high, 1)), date: highest.date },
    low52w: { price: Math.min(lowest.low, beyond(lowest.low, -1)), date: lowest.date },
    candles,
  };
}

/** Weekdays before the day, oldest first; the last one closed at the base price. */
function pastOf(
  listed: ListedSymbol,
  { day, basePrice, random }: { readonly day: number; readonly basePrice: number; readonly random: Random },
): DailyCandle[] {
  const candles: DailyCandle[] = [];
  const onTick = (price: number) => Math.max(1, floorToTick({ type: listed.type, price, day }));
  let close = basePrice;
  for (let past = day - 1; candles.length < DAYS; past--) {
    if (isWeekend(past)) continue;
    const open = onTick(close * (1 + (random() * 2 - 1) * WIDTH));
    const high = Math.max(open, close, onTick(Math.max(open, close) * (1 + random() * WIDTH / 2)));
    const low = Math.min(open, close, onTick(Math.min(open, close) * (1 - random() * WIDTH / 2)));
    const volume = Math.round(1e9 * (1 + random()) / close);
    candles.push({ date: dateOfDay(past), open, high, low, close, volume });
    close = onTick(open * (1 + (random() * 2 - 1) * WIDTH / 5));
  }
  return candles.reverse();
}

/** Whether a day in Seoul is a Saturday or Sunday. Day 0 was a Thursday. */
function isWeekend(day: number): boolean {
  return (day + 4) % 7 % 6 === 0;
}
