import { expect } from "expect";
import type { Trade } from "../../market/trade.ts";
import { trade } from "../fixture.ts";
import type { ChartCandle } from "../state/candles.ts";
import { ChartCandles } from "./chart_candles.ts";

const MINUTE = Date.UTC(2026, 10, 23, 0, 47);
const CLOSED = { open: 99, high: 99, low: 99, close: 99, volume: 50 };

/** A store that has the trades up to some time, as one that is behind the feed. */
function store(trades: readonly Trade[]) {
  let until = -Infinity;
  const known = () => trades.filter(({ eventTime }) => eventTime <= until);
  return {
    stored: (time: number) => until = time,
    candlesBefore: (_: string, { to }: { to: number }): Promise<readonly ChartCandle[]> =>
      Promise.resolve(
        [MINUTE - 120_000, MINUTE - 60_000].filter((start) => start < to)
          .map((start) => ({ ...CLOSED, start })),
      ),
    trades: (_: string, { from = 0, limit }: { from?: number; limit: number }) =>
      Promise.resolve(known().filter(({ eventTime }) => eventTime >= from).slice(-limit)),
  };
}

Deno.test("a chart that is opened in the middle of a minute counts each of its trades once, though the store is behind", async () => {
  const trades = Array.from(
    { length: 40 },
    (_, at) => trade({ symbol: "005930", eventTime: MINUTE + at * 1_000, price: 100 + at, volume: 1 }),
  );
  const api = store(trades);
  let newest = trades[19] as Trade;
  const candles = new ChartCandles({
    client: api as never,
    symbol: "005930",
    interval: "1m",
    newestTrade: () => newest,
  });
  // The page has seen twenty, the store ten.
  api.stored(MINUTE + 9_000);
  const seen: number[] = [];
  let heard = 20;
  for await (const _ of candles.load()) {
    seen.push(candles.candles?.at(-1)?.volume ?? 0);
    candles.add(trades.slice(heard, heard + 5));
    heard += 5;
    api.stored(MINUTE + 31_000);
  }
  newest = trades[39] as Trade;
  candles.add(trades.slice(heard));
  expect(seen[0]).toBe(10);
  expect(candles.candles?.at(-1)).toEqual({
    start: MINUTE,
    open: 100,
    high: 139,
    low: 100,
    close: 139,
    volume: 40,
  });
  expect(candles.needsMending).toBe(false);
});

Deno.test("a minute with more trades than are fetched is put right when it is over", async () => {
  const trades = Array.from(
    { length: 3_000 },
    (_, at) => trade({ symbol: "005930", eventTime: MINUTE + at, price: 100, volume: 1 }),
  );
  const api = store(trades);
  api.stored(Infinity);
  let newest = trades.at(-1) as Trade;
  const candles = new ChartCandles({
    client: api as never,
    symbol: "005930",
    interval: "1m",
    newestTrade: () => newest,
  });
  for await (const _ of candles.load());
  const later = (ms: number) => {
    newest = trade({ symbol: "005930", eventTime: MINUTE + ms, price: 101, volume: 3 });
    candles.add([newest]);
  };
  later(119_000);
  expect(candles.needsMending).toBe(false);
  later(121_000);
  expect(candles.needsMending).toBe(true);
  api.candlesBefore = (_, { to }) =>
    Promise.resolve([{ ...CLOSED, start: MINUTE, volume: 3_000 }].filter(({ start }) => start < to));
  for await (const _ of candles.mend());
  expect(candles.candles?.slice(-2).map(({ volume }) => volume)).toEqual([3_000, 3]);
  expect(candles.needsMending).toBe(false);
});

Deno.test("a chart that was away waits until what it heard first is stored: what came before that was not heard", async () => {
  const trades = Array.from(
    { length: 30 },
    (_, at) => trade({ symbol: "005930", eventTime: MINUTE + at * 1_000, price: 100, volume: 1 }),
  );
  const api = store(trades);
  api.stored(MINUTE + 9_000);
  const candles = new ChartCandles({
    client: api as never,
    symbol: "005930",
    interval: "1m",
    newestTrade: () => trades[4],
  });
  // It slept after the fifth trade; the twentieth is the first that is heard.
  const seen: number[] = [];
  for await (const _ of candles.load({ away: true })) {
    seen.push(candles.candles?.at(-1)?.volume ?? 0);
    if (seen.length === 1) candles.add(trades.slice(19));
    else api.stored(MINUTE + 25_000);
  }
  expect(seen).toEqual([10, 21, 30]);
});

for (const [interval, starts] of [["1m", MINUTE], ["5m", Math.floor(MINUTE / 300_000) * 300_000]] as const) {
  Deno.test(`fetched again where no minute is over yet, each trade is counted once: ${interval}`, async () => {
    const trades = Array.from(
      { length: 20 },
      (_, at) => trade({ symbol: "005930", eventTime: MINUTE + at * 1_000, price: 100, volume: 1 }),
    );
    const api = store(trades);
    api.candlesBefore = () => Promise.resolve([]);
    let newest = trades[9] as Trade;
    api.stored(newest.eventTime);
    const candles = new ChartCandles({
      client: api as never,
      symbol: "005930",
      interval,
      newestTrade: () => newest,
    });
    for await (const _ of candles.load());
    candles.add(trades.slice(10));
    newest = trades[19] as Trade;
    api.stored(newest.eventTime);
    for await (const _ of candles.load());
    expect(candles.candles?.map(({ start, volume }) => [start, volume])).toEqual([[starts, 20]]);
  });
}
