import { expect } from "expect";
import { ArrivalOrder, LOOK_AHEAD } from "./arrival_order.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 30);
const NINE = NOW - 10 * 24 * HOUR;

/** The arrivals of lines that claim these times. */
function arrivals(claims: readonly number[], now = NOW): number[] {
  const order = new ArrivalOrder(120_000);
  return claims.map((claim, each) =>
    order.arrival(claim, claims.slice(each + 1, each + 1 + LOOK_AHEAD), now)
  );
}

Deno.test("lines in order arrive when they say, over a night and a silence too", () => {
  const claims = [NINE, NINE + 1, NINE + HOUR, NINE + 24 * HOUR, NINE + 24 * HOUR + 1, NINE + 72 * HOUR];
  expect(arrivals(claims)).toEqual(claims);
});

Deno.test("one line far ahead of those after it arrived with them, wherever it stands", () => {
  const day = Array.from({ length: 12 }, (_, each) => NINE + each * 1_000);
  for (const place of [0, 1, 6, 10]) {
    const claims = day.toSpliced(place, 0, NINE + 20 * HOUR);
    const found = arrivals(claims);
    expect(found[place]).toBeLessThanOrEqual(NINE + 12_000);
    expect(found.toSpliced(place, 1)).toEqual(day);
  }
});

Deno.test("two of them are found too, and one that is ahead of the clock by one line that is not", () => {
  const day = Array.from({ length: 12 }, (_, each) => NINE + each * 1_000);
  const found = arrivals([NINE + 20 * HOUR, NINE + 21 * HOUR, ...day]);
  expect(found).toEqual([NINE, NINE, ...day]);
  expect(arrivals([NOW + 20 * HOUR, NOW])).toEqual([NOW, NOW]);
  // A symbol whose day is wrong trades on: most of what follows agrees with it, the clock does not.
  const six = Array.from({ length: 6 }, (_, each) => NOW + 20 * HOUR + each);
  expect(arrivals([...six, NOW, NOW, NOW])).toEqual(Array(9).fill(NOW));
});

Deno.test("a line that is late makes none before it early", () => {
  const claims = [NINE + HOUR, NINE, NINE + HOUR + 1, NINE + HOUR + 2];
  expect(arrivals(claims)).toEqual(claims);
});
