import { DatabaseSync } from "node:sqlite";
import { expect } from "expect";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { OPENING, quoteOf, seriesStoreContract, tradeOf } from "../../../tests/contract/series_store.ts";
import { type SeriesRetention, SqliteSeriesStore } from "./series_store.ts";

const DAY = 86_400_000;
const ALL = { from: 0, to: 4_000_000_000_000, limit: 1_000_000 };
const PLENTY: SeriesRetention = { tickDays: 7, candleDays: 3650, maxBytes: 1e9 };

function open(path = ":memory:", retention: Partial<SeriesRetention> = {}): SqliteSeriesStore {
  return new SqliteSeriesStore({ path, clock: systemClock, retention: { ...PLENTY, ...retention } });
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-series-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

seriesStoreContract({
  name: "SQLite series store",
  register: (name, body) => Deno.test(name, body),
  open: async () => {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-series-" });
    const store = open(`${folder}/series.db`);
    return {
      store,
      flush: () => Promise.resolve(),
      dispose: async () => {
        await store.close();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
});

Deno.test("what was written is there after the store is opened again", () =>
  withFolder(async (folder) => {
    const first = open(`${folder}/deep/series.db`);
    await first.write({ trades: [tradeOf()], quotes: [quoteOf()] });
    await first.close();
    const again = open(`${folder}/deep/series.db`);
    expect([...(await again.lastTrades()).values()]).toEqual([tradeOf()]);
    await again.write({ trades: [tradeOf()], quotes: [] });
    const [candle] = await again.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(candle?.volume).toBe(12);
    await again.close();
  }));

Deno.test("a corrected trade of the same time remakes its minute", async () => {
  const store = open();
  await store.write({
    trades: [tradeOf({ price: 53200 }), tradeOf({ eventTime: OPENING + 1, price: 90000 })],
    quotes: [],
  });
  await store.write({ trades: [tradeOf({ eventTime: OPENING + 1, price: 53000, volume: 1 })], quotes: [] });
  const [candle] = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
  expect([candle?.high, candle?.close, candle?.volume]).toEqual([53200, 53000, 13]);
  await store.close();
});

Deno.test("ticks past their age go, candles stay, and a redelivered old tick is not counted again", async () => {
  const store = open(":memory:", { tickDays: 1 });
  await store.write({ trades: [tradeOf()], quotes: [quoteOf()] });
  const later = tradeOf({ eventTime: OPENING + 3 * DAY });
  await store.write({ trades: [later], quotes: [] });
  await store.write({ trades: [], quotes: [quoteOf({ eventTime: OPENING + 3 * DAY })] });
  expect(await store.trades({ symbol: "005930", ...ALL })).toEqual([later]);
  expect(await store.quotes({ symbol: "005930", ...ALL })).toHaveLength(1);
  await store.write({ trades: [tradeOf()], quotes: [] });
  const candles = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
  expect(candles.map((candle) => candle.volume)).toEqual([12, 12]);
  await store.close();
});

Deno.test("old ticks that cannot be deleted fail the write, and later ones go on where it was", () =>
  withFolder(async (folder) => {
    const store = open(`${folder}/series.db`, { tickDays: 1 });
    await store.write({ trades: [tradeOf()], quotes: [] });
    using other = new DatabaseSync(`${folder}/series.db`);
    other.exec("CREATE TRIGGER stuck BEFORE DELETE ON trade BEGIN SELECT RAISE(ABORT, 'stuck'); END");
    const later = [3, 4, 5].map((days) => tradeOf({ eventTime: OPENING + days * DAY }));
    await expect(store.write({ trades: later.slice(0, 1), quotes: [] })).rejects.toThrow("stuck");
    other.exec("DROP TRIGGER stuck");
    await store.write({ trades: later.slice(1, 2), quotes: [] });
    await store.write({ trades: later.slice(2), quotes: [] });
    expect(await store.trades({ symbol: "005930", ...ALL })).toEqual(later.slice(1));
    await store.close();
  }));

Deno.test("order books go before the trades, the newest of each symbol stays", async () => {
  const store = open(":memory:", { quoteMinutes: 10 });
  const minute = 60_000;
  for (const at of [0, 5, 11, 22, 30, 31]) {
    const eventTime = OPENING + at * minute;
    await store.write({ trades: [tradeOf({ eventTime })], quotes: [quoteOf({ eventTime })] });
  }
  await store.write({
    trades: [tradeOf({ symbol: "000660", eventTime: OPENING + 60 * minute })],
    quotes: [],
  });
  expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(6);
  expect(await store.quotes({ symbol: "005930", ...ALL })).toEqual([]);
  expect((await store.lastQuote("005930"))?.eventTime).toBe(OPENING + 31 * minute);
  await store.close();
});

Deno.test("candles past their age go", async () => {
  const store = open(":memory:", { candleDays: 2 });
  await store.write({ trades: [tradeOf()], quotes: [] });
  await store.write({ trades: [tradeOf({ eventTime: OPENING + 5 * DAY })], quotes: [] });
  await store.write({ trades: [tradeOf({ eventTime: OPENING + 5 * DAY + 1 })], quotes: [] });
  expect(await store.candles({ symbol: "005930", interval: "1d", ...ALL })).toHaveLength(1);
  await store.close();
});

Deno.test("the file stays under its size, the oldest ticks go first", () =>
  withFolder(async (folder) => {
    const maxBytes = 3_000_000;
    const store = open(`${folder}/series.db`, { maxBytes });
    const symbols = Array.from({ length: 20 }, (_, i) => String(i).padStart(6, "0"));
    let at = OPENING;
    for (let round = 0; round < 60; round++) {
      const trades = Array.from(
        { length: 500 },
        (_, i) => tradeOf({ symbol: symbols[i % 20] ?? "", eventTime: at + Math.floor(i / 20) }),
      );
      await store.write({ trades, quotes: symbols.map((symbol) => quoteOf({ symbol, eventTime: at })) });
      at += 1000;
      const { size } = await Deno.stat(`${folder}/series.db`);
      expect(size).toBeLessThan(maxBytes);
    }
    const kept = await store.trades({ symbol: "000000", ...ALL });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept[0]?.eventTime).toBeGreaterThan(OPENING + 10_000);
    expect(kept.at(-1)?.eventTime).toBe(at - 1000 + 24);
    await store.close();
  }));

Deno.test("a feed's event time in the future does not make everything old", async () => {
  const store = open(":memory:", { tickDays: 1 });
  const now = Date.now();
  await store.write({ trades: [tradeOf({ eventTime: now })], quotes: [] });
  await store.write({ trades: [tradeOf({ symbol: "000660", eventTime: now + 3000 * DAY })], quotes: [] });
  await store.write({ trades: [tradeOf({ eventTime: now + 1 })], quotes: [] });
  expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(2);
  await store.close();
});

Deno.test("a folder that cannot be made is one clear error", () => {
  expect(() => open("/proc/none/series.db")).toThrow(OutsideError);
});

Deno.test("a closed store rejects with an error that says so", async () => {
  const store = open();
  await store.close();
  await expect(store.write({ trades: [tradeOf()], quotes: [] })).rejects.toThrow("closed");
  await expect(store.lastTrades()).rejects.toThrow("closed");
  expect(store.health().ok).toBe(false);
});

Deno.test("who reads the file while another process writes it reads points of any fields", () =>
  withFolder(async (folder) => {
    const reader = open(`${folder}/series.db`);
    const writer = open(`${folder}/series.db`);
    try {
      const trade = tradeOf({ symbol: "005930", eventTime: OPENING });
      await writer.write({ trades: [trade], quotes: [] });
      expect((await reader.lastTrades()).get("005930")).toEqual(trade);
      const other = tradeOf({ symbol: "000660", eventTime: OPENING, aFieldOfItsOwn: 1 });
      await writer.write({ trades: [other], quotes: [] });
      expect((await reader.lastTrades(["000660"])).get("000660")).toEqual(other);
    } finally {
      await reader.close();
      await writer.close();
    }
  }));
