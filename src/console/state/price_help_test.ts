import { expect } from "expect";
import { percentAway, priceGrid, snapPrice, ticksAround } from "./price_help.ts";

const NOW = Date.parse("2026-11-23T10:00:00+09:00");
const grid = priceGrid({ type: "stock", name: "삼성전자" }, { base: 71_900, now: NOW });

Deno.test("prices are taken to the grid, and have neighbours on it", () => {
  expect([snapPrice(71_949, grid), snapPrice(71_951, grid), snapPrice(199_970, grid)]).toEqual([
    71_900,
    72_000,
    200_000,
  ]);
  expect(ticksAround(71_930, grid)).toEqual([71_900, 72_000]);
  expect(ticksAround(71_900, grid)).toEqual([71_800, 72_000]);
  // The step changes at 200,000 won.
  expect(ticksAround(200_000, grid)).toEqual([199_900, 200_500]);
});

Deno.test("today's limits and prices some per cent away", () => {
  expect(grid.limits).toEqual({ lower: 50_400, upper: 93_400 });
  expect(percentAway(71_900, grid).find(({ percent }) => percent === 3)?.price).toBe(74_100);
  expect(priceGrid({ type: "elw", name: "" }, { base: 100, now: NOW }).limits).toBeUndefined();
  expect(priceGrid({ type: "stock", name: "" }, { base: 0, now: NOW }).limits).toBeUndefined();
});
