import { expect } from "expect";
import fc from "fast-check";
import type { Trade } from "../../market/trade.ts";
import type { SeriesQuery } from "../../ports/series_store.ts";
import { recordedTrades } from "./recorded_trades.ts";

/** A store as the port describes it: the newest `limit` of a span. */
function storeOf(times: readonly number[]) {
  const asked: number[] = [];
  return {
    asked,
    trades({ from, to, limit }: SeriesQuery): Promise<readonly Trade[]> {
      const found = times.filter((time) => time >= from && time < to).slice(-limit);
      asked.push(found.length);
      return Promise.resolve(found.map((eventTime) => ({ eventTime }) as unknown as Trade));
    },
  };
}

Deno.test("recorded trades come all, in order and once, wherever they crowd", async () => {
  const times = fc.uniqueArray(
    fc.oneof(fc.integer({ min: 0, max: 90_000_000 }), fc.integer({ min: 40_000_000, max: 40_000_200 })),
    { maxLength: 300 },
  ).map((all) => all.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 40 }), async (all, page) => {
      const store = storeOf(all);
      const span = { symbol: "005930" as Trade["symbol"], from: 1_000, to: 86_400_000, page };
      const seen: number[] = [];
      for await (const part of recordedTrades(store, span)) {
        expect(part.length).toBeLessThanOrEqual(page);
        seen.push(...part.map((trade) => trade.eventTime));
      }
      expect(seen).toEqual(all.filter((time) => time >= 1_000 && time < 86_400_000));
    }),
    { numRuns: 60 },
  );
});

Deno.test("a busy day takes few questions more than it has pages", async () => {
  const open = 9 * 3_600_000;
  const store = storeOf(Array.from({ length: 50_000 }, (_, index) => open + Math.floor(index * 23_400 / 50)));
  let seen = 0;
  for await (
    const part of recordedTrades(store, {
      symbol: "005930" as Trade["symbol"],
      from: 0,
      to: 86_400_000,
      page: 1_000,
    })
  ) seen += part.length;
  expect(seen).toBe(50_000);
  expect(store.asked.length).toBeLessThan(150);
});
