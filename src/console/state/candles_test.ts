import { expect } from "expect";
import { trade } from "../fixture.ts";
import { candleStart, withTrade } from "./candles.ts";

const MINUTE = Date.UTC(2026, 10, 23, 0, 47);

Deno.test("a minute begins on the minute, a day at midnight in Seoul", () => {
  expect(candleStart(MINUTE + 59_999, "1m")).toBe(MINUTE);
  expect(candleStart(MINUTE, "1d")).toBe(Date.UTC(2026, 10, 22, 15));
  expect(candleStart(Date.UTC(2026, 10, 22, 14, 59, 59), "1d")).toBe(Date.UTC(2026, 10, 21, 15));
  expect(candleStart(Date.UTC(2026, 10, 22, 15), "1d")).toBe(Date.UTC(2026, 10, 22, 15));
});

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
