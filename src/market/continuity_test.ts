import { expect } from "expect";
import { ContinuityTracker } from "./continuity.ts";
import type { Trade } from "./trade.ts";

const AT = Date.parse("2026-11-23T10:00:00+09:00");

function trade(fields: Partial<Trade>): Trade {
  return { symbol: "005930", eventTime: AT, price: 100, volume: 1, accVolume: 1000, ...fields } as Trade;
}

Deno.test("the cumulative volume must grow by each trade's volume: a jump is a gap of that many shares", () => {
  const tracker = new ContinuityTracker();
  expect(tracker.judge(trade({ volume: 5, accVolume: 1000 }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ volume: 7, accVolume: 1007 }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ volume: 3, accVolume: 1030 }))).toEqual({ is: "gap", missedVolume: 20 });
  expect(tracker.judge(trade({ volume: 1, accVolume: 1031 }))).toEqual({ is: "next" });
});

Deno.test("the same record again is a duplicate, whatever came between", () => {
  const tracker = new ContinuityTracker();
  tracker.judge(trade({ volume: 5, accVolume: 1000 }));
  tracker.judge(trade({ volume: 7, accVolume: 1007 }));
  expect(tracker.judge(trade({ volume: 7, accVolume: 1007 }))).toEqual({ is: "duplicate" });
  expect(tracker.judge(trade({ volume: 5, accVolume: 1000 }))).toEqual({ is: "duplicate" });
  expect(tracker.judge(trade({ volume: 1, accVolume: 1008 }))).toEqual({ is: "next" });
});

Deno.test("two different trades with one cumulative volume are both trades", () => {
  const tracker = new ContinuityTracker();
  tracker.judge(trade({ price: 71_900 }));
  expect(tracker.judge(trade({ price: 72_000 }))).toEqual({ is: "next" });
});

Deno.test("a record that is behind and was never seen is late, not a duplicate", () => {
  const tracker = new ContinuityTracker();
  tracker.judge(trade({ accVolume: 1000 }));
  tracker.judge(trade({ accVolume: 2000, volume: 1000 }));
  expect(tracker.judge(trade({ accVolume: 1500, volume: 500 }))).toEqual({ is: "behind" });
});

Deno.test("expected prices trade nothing, and each day and venue is counted on its own", () => {
  const tracker = new ContinuityTracker();
  tracker.judge(trade({ accVolume: 1000 }));
  expect(tracker.judge(trade({ accVolume: 1000, volume: 99, session: "C" }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ accVolume: 1001 }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ accVolume: 5, venue: "NXT" }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ accVolume: 10, eventTime: AT + 86_400_000 }))).toEqual({ is: "next" });
  expect(tracker.judge(trade({ accVolume: 11, eventTime: AT + 86_400_000 }))).toEqual({ is: "next" });
});

Deno.test("a duplicate is known two thousand trades later", () => {
  const tracker = new ContinuityTracker();
  for (let volume = 1; volume <= 2000; volume++) tracker.judge(trade({ accVolume: volume }));
  expect(tracker.judge(trade({ accVolume: 1 }))).toEqual({ is: "duplicate" });
  expect(tracker.judge(trade({ accVolume: 2000 }))).toEqual({ is: "duplicate" });
  for (let volume = 2001; volume <= 6000; volume++) tracker.judge(trade({ accVolume: volume }));
  expect(tracker.judge(trade({ accVolume: 5000 }))).toEqual({ is: "duplicate" });
  expect(tracker.judge(trade({ accVolume: 1 }))).toEqual({ is: "behind" });
});

Deno.test("an expected price that stands above the last trade, after a gap, is known when it comes again", () => {
  const tracker = new ContinuityTracker();
  tracker.judge(trade({ accVolume: 1000 }));
  const expected = trade({ accVolume: 2000, volume: 7, session: "C" });
  expect(tracker.judge(expected)).toEqual({ is: "next" });
  expect(tracker.judge(expected)).toEqual({ is: "duplicate" });
});
