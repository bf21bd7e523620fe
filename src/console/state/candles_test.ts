import { expect } from "expect";
import { trade } from "../fixture.ts";
import { type ChartCandle, movingAverage, placesBefore, withHoles, withTrade } from "./candles.ts";

const MINUTE = Date.UTC(2026, 10, 23, 0, 47);

Deno.test("a minute's candle grows with its trades, and the next minute begins another", () => {
  let candle = withTrade(undefined, trade({ eventTime: MINUTE, price: 100, volume: 1 }), "1m");
  for (const price of [105, 95, 98]) {
    candle = withTrade(candle, trade({ eventTime: MINUTE + 1_000, price, volume: 2 }), "1m");
  }
  expect(candle).toEqual({ start: MINUTE, open: 100, high: 105, low: 95, close: 98, volume: 7 });
  const next = withTrade(candle, trade({ eventTime: MINUTE + 60_000, price: 97, volume: 3 }), "1m");
  expect(next).toEqual({ start: MINUTE + 60_000, open: 97, high: 97, low: 97, close: 97, volume: 3 });
});

Deno.test("a day's candle has the exchange's own figures", () => {
  const candle = withTrade(undefined, trade({ eventTime: MINUTE }), "1d");
  expect(candle).toMatchObject({ open: 71_000, high: 72_300, low: 70_600, close: 71_950, volume: 8_305_216 });
});

Deno.test("expected prices and trades older than the newest candle form none", () => {
  const last = withTrade(undefined, trade({ eventTime: MINUTE }), "1m");
  expect(withTrade(last, trade({ eventTime: MINUTE - 1 }), "1m")).toBeUndefined();
  expect(withTrade(last, trade({ eventTime: MINUTE, session: "B" }), "1m")).toBeUndefined();
  expect(withTrade(last, trade({ eventTime: MINUTE, session: "0" }), "1m")).toBeDefined();
});

function candle(start: number, close: number): ChartCandle {
  return { start, open: close - 1, high: close + 2, low: close - 2, close, volume: 10 };
}

Deno.test("a minute without a trade is a hole; a night is not", () => {
  const candles = [candle(MINUTE, 1), candle(MINUTE + 180_000, 2), candle(MINUTE + 86_400_000, 3)];
  expect(withHoles(candles, "1m").map(({ start }) => (start - MINUTE) / 60_000)).toEqual([0, 1, 2, 3, 1_440]);
  expect(withHoles(candles, "1d").length).toBe(3);
});

Deno.test("what is seen moves by every place that older candles take, holes too", () => {
  const older = [candle(MINUTE, 1), candle(MINUTE + 180_000, 2)];
  const places = withHoles([...older, candle(MINUTE + 300_000, 3)], "1m");
  expect(placesBefore(places, MINUTE + 300_000)).toBe(5);
  expect(placesBefore(places, MINUTE)).toBe(0);
});

Deno.test("a moving average begins where there are enough candles", () => {
  const candles = [1, 2, 3, 6].map((close, at) => candle(at, close));
  expect(movingAverage(candles, 3)).toEqual([{ start: 2, value: 2 }, { start: 3, value: 11 / 3 }]);
  expect(movingAverage(candles, 5)).toEqual([]);
});
