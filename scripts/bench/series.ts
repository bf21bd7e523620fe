/**
 * The price series: from a filled topic into InfluxDB and SQLite, beside one synchronous write a message; and what it
 * costs in memory when InfluxDB is away. Needs influxd in the parts folder or on PATH.
 *
 * @module
 */
import process from "node:process";
import { InfluxDB, Point } from "@influxdata/influxdb-client";
import { Registry } from "prom-client";
import type { Scenario } from "../bench.ts";
import { InfluxSeriesStore } from "../../src/adapters/influx/series_store.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { systemClock } from "../../src/core/clock.ts";
import { decodeTrade } from "../../src/market/decode_trade.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { SeriesStore } from "../../src/ports/series_store.ts";
import { Consumer } from "../../src/roles/consumer.ts";
import { Health } from "../../src/telemetry/health.ts";
import { type Influxd, startInfluxd } from "../../tests/support/influxd.ts";

const SYMBOLS = Array.from({ length: 2_700 }, (_, index) => String(100_000 + index));
const MB = 1024 * 1024;

/** The scenarios of the price series. */
export const scenarios: Record<string, Scenario> = {
  /**
   * Points a second into a real InfluxDB, beside the original's way, in one run; and the CPU time a point costs, of this
   * process and of InfluxDB together, which says more on a machine that is busy. `-- TRADES` (100,000).
   */
  "series": async ({ args }) => {
    const trades = Number(args[0] ?? 100_000);
    const influxd = await startInfluxd();
    try {
      const original = await measured(3_000, influxd, () => oneWriteAMessage(influxd, 3_000));
      const ours = await measured(trades, influxd, () => throughTheConsumer(storeIn(influxd), trades));
      const sqlite = await measured(trades, influxd, () => throughTheConsumer(sqliteStore(), trades));
      const row = (way: string, found: Measured) => ({
        way,
        points_per_second: round(found.pointsPerSecond),
        times_as_fast: round(found.pointsPerSecond / original.pointsPerSecond),
        cpu_us_a_point: round(found.cpuMicroseconds),
        times_less_cpu: round(original.cpuMicroseconds / found.cpuMicroseconds),
      });
      return [
        row("one synchronous write a message", original),
        row("consumer into InfluxDB", ours),
        row("consumer into SQLite", sqlite),
      ];
    } finally {
      await influxd.close();
    }
  },
  /** Memory while InfluxDB is away and trades go on coming, and how fast it is caught up. `-- SECONDS` (20). */
  "series-away": async ({ args }) => [await away(Number(args[0] ?? 20))],
};

interface Measured {
  readonly pointsPerSecond: number;
  readonly cpuMicroseconds: number;
}

/** Runs a way that answers its points a second, and reads the CPU time it took. */
async function measured(points: number, influxd: Influxd, run: () => Promise<number>): Promise<Measured> {
  const used = async () => {
    const own = process.cpuUsage();
    return (own.user + own.system) / 1e6 + await influxd.cpuSeconds();
  };
  const before = await used();
  const pointsPerSecond = await run();
  return { pointsPerSecond, cpuMicroseconds: (await used() - before) * 1e6 / points };
}

/** A trade with the fields a KIS trade has. */
function tradeAt(index: number, start: number): Trade {
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

async function fill(log: EventLog, from: number, count: number): Promise<void> {
  const start = Date.now() - 60_000;
  for (let done = 0; done < count; done += 2_000) {
    await log.append(Array.from({ length: Math.min(2_000, count - done) }, (_, i) => {
      const trade = tradeAt(from + done + i, start);
      return { topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: trade.eventTime };
    }));
  }
}

function storeIn({ url, org, token }: Influxd): SeriesStore {
  return new InfluxSeriesStore({
    url,
    org,
    token,
    bucket: "stock",
    tickDays: 7,
    candleDays: 3650,
    clock: systemClock,
  });
}

function sqliteStore(): SeriesStore {
  const path = Deno.makeTempDirSync({ prefix: "tickbell-bench-" });
  const retention = { tickDays: 7, candleDays: 3650, maxBytes: 1024 * MB };
  const store = new SqliteSeriesStore({ path: `${path}/series.db`, clock: systemClock, retention });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(path, { recursive: true });
  };
  return store;
}

/** Points a second of the consumer from a topic that is filled already. */
async function throughTheConsumer(series: SeriesStore, trades: number): Promise<number> {
  const log = await openSqliteLog({ path: ":memory:", partitions: 4, clock: systemClock });
  await fill(log, 0, trades);
  const run = consume(log, series);
  const began = performance.now();
  while (await run.points() < trades) await systemClock.sleep(5);
  const seconds = (performance.now() - began) / 1000;
  await run.stop();
  await log.close();
  await series.close();
  return trades / seconds;
}

function consume(log: EventLog, series: SeriesStore) {
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

/** The original's way: decode a message, make a point, write it, wait for the answer. */
async function oneWriteAMessage({ url, token, org }: Influxd, messages: number): Promise<number> {
  const writing = new InfluxDB({ url, token }).getWriteApi(org, "first", "ns", {
    batchSize: 1,
    maxRetries: 0,
  });
  const start = Date.now() - 60_000;
  const values = Array.from(
    { length: messages },
    (_, index) => new TextEncoder().encode(encodeTrade(tradeAt(index, start))),
  );
  const began = performance.now();
  for (const value of values) {
    const { symbol, eventTime, halted, ...fields } = decodeTrade(value);
    const point = new Point("realtime_purchase").tag("STOCKCODE", symbol).tag("TRHT_YN", halted).tag(
      "HOUR_CLS_CODE",
      "0",
    );
    for (const [name, field] of Object.entries(fields)) {
      if (typeof field === "number") point.floatField(name, field);
      else if (field !== undefined) point.stringField(name, field);
    }
    writing.writePoint(point.timestamp(`${eventTime}000000`));
    await writing.flush();
  }
  const seconds = (performance.now() - began) / 1000;
  await writing.close();
  return messages / seconds;
}

/** Trades at 5,000 a second into the log while InfluxDB is stopped; then it is started. */
async function away(seconds: number): Promise<Record<string, unknown>> {
  const influxd = await startInfluxd();
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 4, clock: systemClock });
  const run = consume(log, storeIn(influxd));
  await fill(log, 0, 20_000);
  while (await run.points() < 20_000) await systemClock.sleep(5);
  await influxd.stop();
  const before = Deno.memoryUsage().rss;
  let peak = before;
  let most = 0;
  let total = 20_000;
  for (let second = 0; second < seconds; second++) {
    await fill(log, total, 5_000);
    total += 5_000;
    await systemClock.sleep(200);
    peak = Math.max(peak, Deno.memoryUsage().rss);
    most = Math.max(most, await run.buffered());
  }
  await influxd.start();
  const began = performance.now();
  while (await run.points() < total) await systemClock.sleep(5);
  const caughtUp = (performance.now() - began) / 1000;
  await run.stop();
  await log.close();
  await influxd.close();
  await Deno.remove(folder, { recursive: true });
  return {
    records_meanwhile: total - 20_000,
    most_buffered_points: most,
    rss_before_mb: round(before / MB),
    rss_peak_mb: round(peak / MB),
    caught_up_seconds: round(caughtUp),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
