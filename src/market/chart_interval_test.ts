import { expect } from "expect";
import { CHART_INTERVALS, foldBars, intervalLength, intervalStart } from "./chart_interval.ts";

const NINE = Date.parse("2026-11-27T09:00:00+09:00");
const bar = (at: number, price: number) => ({
  start: at,
  open: price,
  high: price + 5,
  low: price - 5,
  close: price + 1,
  volume: 10,
});

Deno.test("minutes become longer candles that begin at the clock's own fives, tens and hours in Seoul", () => {
  const minutes = Array.from({ length: 7 }, (_, each) => bar(NINE + (each + 3) * 60_000, 100 + each));
  expect(foldBars(minutes, "5m")).toEqual([
    { start: NINE, open: 100, high: 106, low: 95, close: 102, volume: 20 },
    { start: NINE + 300_000, open: 102, high: 111, low: 97, close: 107, volume: 50 },
  ]);
  expect(foldBars(minutes, "60m").map(({ start, volume }) => [start, volume])).toEqual([[NINE, 70]]);
  expect(foldBars([], "5m")).toEqual([]);
});

Deno.test("days become weeks from Monday on, and every interval holds its own start", () => {
  const midnight = Date.parse("2026-11-27T00:00:00+09:00");
  const days = [-5, -4, 0, 3].map((day) => bar(midnight + day * 86_400_000, 100));
  expect(foldBars(days, "1w").map(({ start }) => new Date(start + 9 * 3_600_000).toISOString().slice(0, 10)))
    .toEqual(["2026-11-16", "2026-11-23", "2026-11-30"]);
  for (const interval of CHART_INTERVALS) {
    const start = intervalStart(interval, NINE + 12_345);
    expect(start <= NINE && NINE < start + intervalLength(interval)).toBe(true);
    expect(intervalStart(interval, start)).toBe(start);
  }
});
