import { Registry } from "prom-client";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { EventLog, NewRecord, RecordBatch } from "../../src/ports/event_log.ts";
import type { RefusedPoint, SeriesBatch, SeriesStore } from "../../src/ports/series_store.ts";
import { Consumer, type ConsumerOptions } from "../../src/roles/consumer/consumer.ts";
import { Health } from "../../src/telemetry/health.ts";
import { OPENING, quoteOf, tradeOf } from "../contract/series_store.ts";

/** Everything of a symbol. */
export const ALL = { from: 0, to: 4_000_000_000_000, limit: 1_000_000 };
const GROUP = "consumer";

/** A consumer between an event log and a price series, both in memory. */
export interface ConsumerBench {
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly health: Health;
  readonly registry: Registry;
  /**
   * Starts a consumer.
   *
   * @returns how to stop it.
   */
  start(over?: Partial<ConsumerOptions>): { stop(): Promise<void>; readonly done: Promise<void> };
}

/** Runs a body with a bench of its own, and stops what it has started. */
export async function withBench(
  body: (bench: ConsumerBench) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  const retention = { tickDays: 7, candleDays: 3650, maxBytes: 1e9 };
  const series = new SqliteSeriesStore({ path: ":memory:", clock, retention });
  const running: (() => Promise<void>)[] = [];
  const bench: ConsumerBench = {
    log,
    series,
    health: new Health(),
    registry: new Registry(),
    start(over = {}) {
      const { health, registry } = bench;
      const consumer = new Consumer({ log, series, clock, health, registry, batchMs: 5, ...over });
      const stopping = new AbortController();
      const done = consumer.run(stopping.signal);
      const stop = async () => {
        stopping.abort();
        await done;
      };
      running.push(() => stop().catch(() => {}));
      return { stop, done };
    },
  };
  try {
    await body(bench);
  } finally {
    for (const stop of running) await stop();
    await series.close();
    await log.close();
  }
}

/** A trade `at` ms after the opening, of one share, as a record. */
export function tradeRecord(at: number, over: Partial<NewRecord> = {}): NewRecord {
  const trade = tradeOf({ eventTime: OPENING + at, volume: 1 });
  return {
    topic: "trades",
    key: trade.symbol,
    timestamp: trade.eventTime,
    value: JSON.stringify(trade),
    ...over,
  };
}

/** A quote `at` ms after the opening, as a record. */
export function quoteRecord(at: number): NewRecord {
  const quote = quoteOf({ eventTime: OPENING + at });
  return { topic: "quotes", key: quote.symbol, timestamp: quote.eventTime, value: JSON.stringify(quote) };
}

/** The offset that the consumer has committed. */
export async function committed(log: EventLog, topic: "trades" | "quotes" | "candles"): Promise<number> {
  const partition = await log.partitionOf(topic, "005930");
  return (await log.committed(GROUP, topic, partition))?.offset ?? 0;
}

/** The end of the topic's partition. */
export async function end(log: EventLog, topic: "trades" | "quotes" | "candles"): Promise<number> {
  return (await log.bounds(topic, await log.partitionOf(topic, "005930"))).end;
}

/** Every dead letter. */
export async function deadLetters(log: EventLog): Promise<RecordBatch["records"]> {
  const bounds = await log.bounds("deadletter", 0);
  const records: RecordBatch["records"][number][] = [];
  for await (const batch of log.read({ topic: "deadletter", partition: 0, from: 0, to: bounds.end })) {
    records.push(...batch.records);
  }
  return records;
}

/** A store in front of another whose writes can be made to fail or to be examined. */
export function inFrontOf(
  store: SeriesStore,
  write: (batch: SeriesBatch) => Promise<readonly RefusedPoint[]>,
): SeriesStore {
  return {
    write,
    trades: (query) => store.trades(query),
    quotes: (query) => store.quotes(query),
    candles: (query) => store.candles(query),
    lastTrades: (symbols) => store.lastTrades(symbols),
    lastQuote: (symbol) => store.lastQuote(symbol),
    health: () => store.health(),
    close: () => store.close(),
  };
}

/** The answer of a store that is away. */
export const away = () =>
  Promise.reject(new OutsideError("influx_unreachable", "no answer", { retryable: true }));
