import { expect } from "expect";
import { engineModule } from "../../../tests/support/engine_module.ts";
import { trade } from "../fixture.ts";
import { loadCandles, loadTrades } from "./load_trades.ts";
import { Preview } from "./preview.ts";

const START = Date.UTC(2026, 10, 23, 0);
const HOUR_MS = 3_600_000;
/** A day: the price rises 100 won a minute for three hours and falls again. */
const DAY = Array.from({ length: 360 }, (_, at) =>
  trade({
    eventTime: START + at * 60_000,
    price: 70_000 + 100 * (at < 180 ? at : 360 - at),
    accVolume: 1_000 + at,
  }));
const rule = (given: object) => ({
  symbol: "005930",
  when: "price >= 80000",
  recipients: ["a@example.com"],
  ...given,
});

Deno.test("a rule being made is tried in the page by the stream's own engine", async () => {
  const preview = new Preview(await engineModule(), DAY);
  const { times, trades, from, to } = preview.fires(rule({}));
  // At 80,000 won after 100 minutes, then once an hour while it lasts.
  expect(times.map((time) => (time - START) / 60_000)).toEqual([100, 120, 180, 240]);
  expect([trades, from, to]).toEqual([360, START, START + 359 * 60_000]);
  expect(preview.fires(rule({ on: "crossing" })).times).toEqual([START + 100 * 60_000]);
  expect(preview.fires(rule({ repeat: "day" })).times.length).toBe(1);
  expect(preview.fires(rule({ when: "price >= 90000" })).times).toEqual([]);
  expect(() => preview.fires(rule({ when: "rats" }))).toThrow();
});

Deno.test("a day is loaded page by page, each trade once", async () => {
  const many = Array.from(
    { length: 12_000 },
    (_, at) => trade({ eventTime: START + Math.floor(at / 3), accVolume: at }),
  );
  const asked: number[] = [];
  const loaded = await loadTrades(({ to, limit }) => {
    asked.push(to);
    return Promise.resolve(many.filter(({ eventTime }) => eventTime < to).slice(-limit));
  }, START + HOUR_MS);
  expect(loaded).toEqual(many);
  expect(asked.length).toBe(3);
});

Deno.test("the last day is loaded and nothing before it: the server tries rules on that, too", async () => {
  const before = Array.from({ length: 9_000 }, (_, at) => trade({ eventTime: START - 20 * HOUR_MS + at }));
  const all = [...before, ...DAY];
  const asked: number[] = [];
  const loaded = await loadTrades(({ to, limit }) => {
    asked.push(to);
    return Promise.resolve(all.filter(({ eventTime }) => eventTime < to).slice(-limit));
  }, START + 24 * HOUR_MS);
  expect(loaded).toEqual(DAY);
  expect(asked.length).toBe(1);
});

Deno.test("measures of candles know the minutes before the day that was loaded, as the server does", async () => {
  const fires = (preview: Preview) => preview.fires(rule({ when: "sma(5,1m) >= 1" })).times.length;
  const preview = new Preview(await engineModule(), DAY.slice(0, 3));
  expect(fires(preview)).toBe(0);
  const before = Array.from({ length: 5 }, (_, at) => {
    const prices = { open: 60_000, high: 60_000, low: 60_000, close: 60_000, volume: 1 };
    // The Friday before.
    return { start: START - 3 * 24 * HOUR_MS + at * 60_000, ...prices };
  });
  const pages: number[] = [];
  preview.takePast(
    await loadCandles(({ from, to, limit }) => {
      pages.push(to);
      return Promise.resolve(before.filter(({ start }) => start >= from && start < to).slice(-limit));
    }, { from: START - 4 * 24 * HOUR_MS, to: START }),
  );
  expect([fires(preview), pages]).toEqual([1, [START]]);
});
