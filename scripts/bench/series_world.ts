/**
 * What the benchmarks of the price series share: trades, a filled log, stores, and the consumer on them.
 *
 * @module
 */
import process from "node:process";
import { Registry } from "prom-client";
import { InfluxSeriesStore } from "../../src/adapters/influx/series_store.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { systemClock } from "../../src/core/clock.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { SeriesStore } from "../../src/ports/series_store.ts";
import { Consumer } from "../../src/roles/consumer/consumer.ts";
import { Health } from "../../src/telemetry/health.ts";
import type { Influxd } from "../../tests/support/influxd.ts";

const SYMBOLS = Array.from({ length: 2_700 }, (_, index) => String(100_000 + index));

/** A trade with the fields a KIS trade has: 25 in InfluxDB. @param start Epoch ms of the first. */
export function tradeAt(index: number, start: number): Trade {
  return {
    symbol: SYMBOLS[index % SYMBOLS.length] as string,
    eventTime: start + Math.floor(index / SYMBOLS.length),
    price: 53_200 + index % 97,
    sign: "2",
    change: 300,
    rate: 0.57,
    open: 53_000,
    high: 53_600,
    low: 52_900,
    volume: 12,
    accVolume: 1_234_567 + index,
    accValue: 65_678_900_000,
    ask: 53_300,
    bid: 53_200,
    halted: "N",
    strength: 101.25,
    weightedAverage: 53_150.5,
    turnover: 0.12,
    side: "1",
    sellCount: 100,
    buyCount: 120,
    sellVolume: 10_000,
    buyVolume: 12_000,
    askSize: 500,
    bidSize: 700,
    totalAskSize: 10_000,
    totalBidSize: 12_000,
    viBase: 53_000,
  };
}

/** Appends trades to a log. @param from The index of the first. */
export async function fill(log: EventLog, from: number, count: number): Promise<void> {
  const start = Date.now() - 60_000;
  for (let done = 0; done < count; done += 2_000) {
    await log.append(Array.from({ length: Math.min(2_000, count - done) }, (_, i) => {
      const trade = tradeAt(from + done + i, start);
      return { topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: trade.eventTime };
    }));
  }
}

/** The product's store in an InfluxDB. */
export function storeIn({ url, org, token }: Influxd): InfluxSeriesStore {
  const bucket = "stock";
  return new InfluxSeriesStore({
    url,
    org,
    token,
    bucket,
    tickDays: 7,
    candleDays: 3650,
    clock: systemClock,
  });
}

/** The product's store in a file that goes with it. */
export function sqliteStore(): SeriesStore {
  const path = Deno.makeTempDirSync({ prefix: "tickbell-bench-" });
  const retention = { tickDays: 7, candleDays: 3650, maxBytes: 1024 ** 3 };
  const store = new SqliteSeriesStore({ path: `${path}/series.db`, clock: systemClock, retention });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(path, { recursive: true });
  };
  return store;
}

/** Starts the consumer role on a log. */
export function consume(log: EventLog, series: SeriesStore) {
  const registry = new Registry();
  const consumer = new Consumer({ log, series, clock: systemClock, health: new Health(), registry });
  const stopping = new AbortController();
  const running = consumer.run(stopping.signal);
  const read = async (name: string) => {
    const metric = await registry.getSingleMetric(name)?.get();
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  };
  return {
    points: () => read("tickbell_consumer_points_total"),
    buffered: () => read("tickbell_consumer_buffered_points"),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** CPU time this process has used, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
