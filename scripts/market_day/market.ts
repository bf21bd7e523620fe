import { seededRandom } from "../../src/core/backoff.ts";
import type { Trade } from "../../src/market/trade.ts";

/** Monday, 30 November 2026, 09:00 in Seoul. */
const OPENING = Date.UTC(2026, 10, 30, 0);
const BASE = 10_000;

/** A part of the day: so many trades a second for so long. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly perSecond: number;
}

/** The day's shape: a sixth of it the opening at its peak, then the morning, the midday, the afternoon and the close. */
export function phasesOf({ seconds, peak }: { seconds: number; peak: number }): readonly Phase[] {
  const part = (name: string, share: number, rate: number): Phase => ({
    name,
    seconds: Math.max(1, Math.round(seconds * share)),
    perSecond: Math.max(1, Math.round(peak * rate)),
  });
  return [
    part("opening", 1 / 6, 1),
    part("morning", 1 / 4, 0.25),
    part("midday", 1 / 3, 0.08),
    part("afternoon", 1 / 6, 0.15),
    part("close", 1 / 12, 0.5),
  ];
}

/** The symbol of an index. */
export function symbolAt(index: number): string {
  return String(100_000 + index);
}

/** The market's list, for `--symbols-file`. */
export function listing(symbols: number): readonly Record<string, unknown>[] {
  return Array.from({ length: symbols }, (_, index) => ({
    symbol: symbolAt(index),
    name: `종목${index}`,
    market: index % 3 === 0 ? "KOSPI" : "KOSDAQ",
    basePrice: BASE,
  }));
}

/** The day's trades in order: a seeded walk of each symbol, a few symbols with most of the trades, as it is. */
export function* dayTrades(
  { seed, symbols, phases }: { seed: number; symbols: number; phases: readonly Phase[] },
): Generator<Trade> {
  const random = seededRandom(seed);
  const states = Array.from({ length: symbols }, () => ({
    price: BASE,
    open: 0,
    high: 0,
    low: Infinity,
    volume: 0,
    value: 0,
    lastAt: 0,
  }));
  let began = OPENING;
  for (const { seconds, perSecond } of phases) {
    for (let at = 0; at < seconds * perSecond; at++) {
      const index = Math.floor(random() ** 2 * symbols);
      const state = states[index]!;
      const step = Math.round((random() - 0.5) * 4) * 10;
      const price = state.price = Math.max(7_000, Math.min(13_000, state.price + step));
      const volume = 1 + Math.floor(random() ** 4 * 5_000);
      state.open ||= price;
      state.high = Math.max(state.high, price);
      state.low = Math.min(state.low, price);
      state.volume += volume;
      state.value += volume * price;
      // None of a symbol has another's time: they are known by it.
      const eventTime = state.lastAt = Math.max(state.lastAt + 1, began + Math.floor(at * 1000 / perSecond));
      const change = price - BASE;
      yield {
        symbol: symbolAt(index),
        eventTime,
        price,
        sign: price === 13_000 ? "1" : price === 7_000 ? "4" : change > 0 ? "2" : change < 0 ? "5" : "3",
        change,
        rate: Math.round(change) / 100,
        open: state.open,
        high: state.high,
        low: state.low,
        volume,
        accVolume: state.volume,
        accValue: state.value,
        ask: price + 10,
        bid: price,
        halted: "N",
        strength: Math.round(5_000 + random() * 15_000) / 100,
      } as Trade;
    }
    began += seconds * 1000;
  }
}
