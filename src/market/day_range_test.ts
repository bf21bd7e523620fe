import { expect } from "expect";
import { TRADE_TIME, tradeOf } from "../../tests/support/trades.ts";
import { againstClose, DayRanges, unseenExtremes } from "./day_range.ts";

const at = (seconds: number) => TRADE_TIME + seconds * 1_000;

function seenAfter(...trades: Parameters<typeof tradeOf>[0][]) {
  const ranges = new DayRanges();
  for (const trade of trades) ranges.see(tradeOf(trade));
  return ranges.of(tradeOf(), TRADE_TIME);
}

Deno.test("a new high and low of the day were traded, at the times that the frame gives, the earlier first", () => {
  const seen = seenAfter({ price: 53_200, high: 53_600, low: 53_100, accVolume: 1_000 });
  const next = tradeOf({
    eventTime: at(600),
    price: 53_200,
    change: -300,
    high: 55_000,
    low: 52_000,
    highHour: "090905",
    lowHour: "090310",
    accVolume: 5_000,
  });
  expect(unseenExtremes(next, seen)).toEqual([
    expect.objectContaining({
      price: 52_000,
      eventTime: at(190),
      change: -1_500,
      rate: -2.8,
      sign: "5",
      origin: "filled",
      volume: 0,
      accVolume: 1_000,
    }),
    expect.objectContaining({ price: 55_000, eventTime: at(545), change: 1_500, rate: 2.8, sign: "2" }),
  ]);
});

Deno.test("prices that were seen, or are the trade's own, give nothing away", () => {
  const seen = seenAfter({ high: 55_000, low: 52_000 });
  expect(unseenExtremes(tradeOf({ high: 55_000, low: 52_000 }), seen)).toEqual([]);
  expect(unseenExtremes(tradeOf({ price: 56_000, high: 56_000, low: 52_000 }), seen)).toEqual([]);
});

Deno.test("a time that is missing, broken or after the trade is the trade's own", () => {
  for (const highHour of [undefined, "", "999999", "180000"]) {
    const [found] = unseenExtremes(tradeOf({ high: 60_000, highHour }), seenAfter({}));
    expect(found?.eventTime).toBe(TRADE_TIME);
  }
});

Deno.test("a day that begins unseen gives its high and low away; another venue and another day are their own", () => {
  const next = tradeOf({ high: 54_000, low: 53_000 });
  expect(unseenExtremes(next, undefined).map(({ price }) => price)).toEqual([54_000, 53_000]);
  const ranges = new DayRanges();
  ranges.see(tradeOf({ high: 60_000 }));
  expect(ranges.of({ symbol: "005930", venue: "UN" }, TRADE_TIME)).toBeUndefined();
  expect(ranges.of({ symbol: "005930" }, TRADE_TIME + 86_400_000)).toBeUndefined();
  ranges.see(tradeOf({ high: 70_000, eventTime: TRADE_TIME - 86_400_000 }));
  expect(ranges.of({ symbol: "005930" }, TRADE_TIME)?.high).toBe(60_000);
});

Deno.test("a late trade widens the range and is not the newest", () => {
  const seen = seenAfter({ accVolume: 900, price: 53_200 }, { accVolume: 800, price: 50_000, low: 50_000 });
  expect([seen?.low, seen?.last?.accVolume]).toEqual([50_000, 900]);
});

Deno.test("change and rate are reckoned against yesterday's close", () => {
  expect(againstClose(252_500, 248_500)).toEqual({ sign: "2", change: 4_000, rate: 1.61 });
  expect(againstClose(248_500, 248_500)).toEqual({ sign: "3", change: 0, rate: 0 });
  expect(againstClose(100, 0)).toEqual({ sign: "2", change: 100, rate: 0 });
});
