import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { carriedOver, DayCandles } from "./day_end.ts";
import type { MinuteCandle } from "./minute_candle.ts";
import { dayOfDate, startOfSeoulDay } from "./seoul_time.ts";
import type { Trade } from "./trade.ts";

/** A Monday. */
const DAY = dayOfDate("20261123")!;
const HOUR = 3_600_000;

/** A minute of some hours after midnight with one trade, which says what the day was. */
function minute(hours: number, over: Partial<Trade>): MinuteCandle {
  const start = startOfSeoulDay(DAY) + hours * HOUR;
  const trade = tradeOf({ eventTime: start + 1, ...over });
  const { symbol, price } = trade;
  const prices = { open: price, high: price, low: price, close: price };
  return { symbol, start, ...prices, volume: 1, value: price, trades: 1, last: [{ trade, high: 0, low: 0 }] };
}

Deno.test("a day's candle is what its last regular trade says of the day; sessions around it do not count", () => {
  const candles = new DayCandles(DAY);
  candles.take(minute(8, { price: 9_000, venue: "NXT" }));
  candles.take(minute(10, { price: 10_100, open: 10_000, high: 10_200, low: 9_900, accVolume: 5 }));
  candles.take(minute(15, { price: 10_300, open: 10_000, high: 10_400, low: 9_900, accVolume: 9 }));
  // NXT trades on while the exchange's closing auction gathers.
  candles.take(
    minute(15.25, { price: 10_350, open: 9_950, high: 10_350, low: 9_800, accVolume: 3, venue: "NXT" }),
  );
  candles.take(minute(18, { price: 11_000, venue: "NXT" }));
  expect(candles.of("005930")).toEqual({
    date: "20261123",
    open: 10_000,
    high: 10_400,
    low: 9_900,
    close: 10_300,
    volume: 9,
  });
  expect(candles.of("000660")).toBeUndefined();
});

Deno.test("where the feed does not say what the day was, our own minutes do", () => {
  const candles = new DayCandles(DAY);
  for (const [hours, price] of [[9, 10_000], [11, 9_800], [15, 10_100]] as const) {
    candles.take(minute(hours, { price, open: 0, high: 0, low: 0, accVolume: 7 }));
  }
  const candle = { date: "20261123", open: 10_000, high: 10_100, low: 9_800, close: 10_100, volume: 7 };
  expect(candles.of("005930")).toEqual(candle);
});

const candle = { date: "20261123", open: 1, high: 120, low: 80, close: 100, volume: 9 };
const older = (date: string) => ({ ...candle, date });

Deno.test("a reference goes on to the next day with the candle of the one that is over", () => {
  const known = referenceOf("005930", {
    date: "20261123",
    upperLimit: 130,
    high52w: { price: 110, date: "20260301" },
    low52w: { price: 70, date: "20251101" },
    candles: [older("20261120")],
  });
  const next = carriedOver(known, { day: DAY, candle }, "20261124")!;
  expect(next).toMatchObject({ date: "20261124", basePrice: 100, upperLimit: null });
  expect(next.candles).toEqual([older("20261120"), candle]);
  expect(next.high52w).toEqual({ price: 120, date: "20261123" });
  // More than 52 weeks ago by now.
  expect(next.low52w).toBeNull();
  // Again: it is there.
  expect(carriedOver(next, { day: DAY, candle }, "20261124")).toBeUndefined();
  expect(carriedOver(next, { day: DAY, candle }, "20261123")).toBeUndefined();
});

Deno.test("what the exchange's own data says of the day stays, and a symbol that did not trade goes on without a candle", () => {
  const official = { ...candle, close: 101 };
  const known = referenceOf("005930", { date: "20261124", upperLimit: 130, candles: [official] });
  expect(carriedOver(known, { day: DAY, candle }, "20261124")).toBeUndefined();
  const masters = { ...known, candles: [older("20261120")] };
  expect(carriedOver(masters, { day: DAY, candle }, "20261124")).toEqual({
    ...masters,
    candles: [older("20261120"), candle],
  });
  const untraded = referenceOf("005930", { date: "20261123", basePrice: 99, candles: [older("20261120")] });
  expect(carriedOver(untraded, { day: DAY, candle: undefined }, "20261124")).toEqual({
    ...untraded,
    date: "20261124",
  });
});

Deno.test("after days that nobody saw averages begin anew: they would be of other days", () => {
  const known = referenceOf("005930", { date: "20261110", candles: [older("20261109")] });
  expect(carriedOver(known, { day: DAY, candle }, "20261124")?.candles).toEqual([candle]);
  const friday = referenceOf("005930", { date: "19700101", candles: [older("20261120")] });
  expect(carriedOver(friday, { day: DAY, candle }, "20261124")?.candles).toEqual([older("20261120"), candle]);
});
