import { expect } from "expect";
import fc from "fast-check";
import { tradeOf } from "../../tests/support/trades.ts";
import { decideContradictions } from "./contradictions.ts";
import type { Sign, Trade } from "./trade.ts";

const DAY = { price: 72_000, high: 72_300, low: 71_000 };

function decided(over: Partial<Trade>) {
  const { trade, contradictions } = decideContradictions(tradeOf({ ...DAY, ...over }));
  return [trade.sign, trade.change, trade.rate, trade.low, trade.high, contradictions.join()];
}

Deno.test("the sign is right about the direction, change and rate about the size", () => {
  expect(decided({ sign: "5", change: 500, rate: -0.14 })).toEqual([
    "5",
    -500,
    -0.14,
    71_000,
    72_300,
    "direction",
  ]);
  expect(decided({ sign: "5", change: 500, rate: 0.7 })).toEqual([
    "5",
    -500,
    -0.7,
    71_000,
    72_300,
    "direction",
  ]);
  expect(decided({ sign: "1", change: -500, rate: 0.7 })).toEqual([
    "1",
    500,
    0.7,
    71_000,
    72_300,
    "direction",
  ]);
  expect(decided({ sign: "3", change: -500, rate: -0.7 })).toEqual([
    "5",
    -500,
    -0.7,
    71_000,
    72_300,
    "direction",
  ]);
  expect(decided({ sign: "2", change: 50, rate: 0 })).toEqual(["2", 50, 0, 71_000, 72_300, ""]);
  expect(decided({ sign: "3", change: 0, rate: 0 })).toEqual(["3", 0, 0, 71_000, 72_300, ""]);
});

Deno.test("the price is right, and widens the day's range", () => {
  const up = { sign: "2", change: 500, rate: 0.7 } as const;
  expect(decided({ ...up, price: 72_400 })).toEqual(["2", 500, 0.7, 71_000, 72_400, "range"]);
  expect(decided({ ...up, price: 70_900 })).toEqual(["2", 500, 0.7, 70_900, 72_300, "range"]);
  expect(decided({ ...up, high: 0, low: 0 })).toEqual(["2", 500, 0.7, 0, 0, ""]);
});

Deno.test("an expected price is left as it is", () => {
  expect(decided({ sign: "5", change: 500, rate: 0.7, price: 80_000, session: "B" }).at(-1)).toBe("");
});

Deno.test("what was decided once contradicts itself no more", () => {
  const number = fc.integer({ min: -1000, max: 1000 });
  fc.assert(fc.property(
    fc.constantFrom<Sign>("1", "2", "3", "4", "5"),
    number,
    number,
    fc.nat(100),
    fc.nat(100),
    (sign, change, rate, high, low) => {
      const once =
        decideContradictions(tradeOf({ sign, change, rate: rate / 100, price: 50, high, low })).trade;
      expect(decideContradictions(once)).toEqual({ trade: once, contradictions: [] });
    },
  ));
});
