import { expect } from "expect";
import { MinuteRanges } from "./minute_ranges.ts";

const MINUTE_MS = 60_000;
const START = Date.parse("2026-03-10T09:00:00+09:00");

function trade(minute: number, price: number, venue?: "UN") {
  return { symbol: "005930", eventTime: START + minute * MINUTE_MS + 500, price, ...(venue && { venue }) };
}

Deno.test("a minute's range is that of all its trades, by venue, in whatever order they come", () => {
  const ranges = new MinuteRanges();
  for (const one of [trade(1, 100), trade(0, 90), trade(1, 110), trade(1, 95), trade(1, 500, "UN")]) {
    ranges.see(one);
  }
  expect(ranges.of({ symbol: "005930" }, START + MINUTE_MS)).toMatchObject({ high: 110, low: 95 });
  expect(ranges.of({ symbol: "005930" }, START)).toMatchObject({ high: 90, low: 90 });
  expect(ranges.of({ symbol: "005930", venue: "UN" }, START + MINUTE_MS)).toMatchObject({ high: 500 });
  expect(ranges.of({ symbol: "000660" }, START)).toEqual({ high: 0, low: Infinity });
});

Deno.test("the newest ten minutes are remembered; of older ones nothing is said", () => {
  const ranges = new MinuteRanges();
  for (let minute = 0; minute < 12; minute++) ranges.see(trade(minute, 100 + minute));
  ranges.see(trade(0, 1));
  const of = (minute: number) => ranges.of({ symbol: "005930" }, START + minute * MINUTE_MS);
  expect([of(0), of(1)]).toEqual([undefined, undefined]);
  expect(of(2)).toMatchObject({ high: 102, low: 102 });
  expect(of(12)).toEqual({ high: 0, low: Infinity });
});
