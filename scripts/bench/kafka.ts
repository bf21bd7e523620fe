/**
 * The stream and the producer on a real Kafka broker, beside what one writes first with kafkajs, in one run: the same
 * trades, the same rules, the same alerts.
 *
 *     deno task bench kafka -- [--trades N] [--only throughput,latency,…]
 *
 * @module
 */
import { seededRandom } from "../../src/core/backoff.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";
import { startKafka } from "../../tests/support/kafka_broker.ts";
import type { Scenario } from "../bench.ts";
import { makeWorld } from "./engine_world.ts";
import type { ChildFigures } from "./kafka_child.ts";
import { latencies } from "./kafka_latency.ts";
import {
  alertIds,
  appendAll,
  child,
  fillRules,
  fillTrades,
  oracle,
  PARTITIONS,
  round,
  SEED,
  taskOf,
  withTopics,
} from "./kafka_rig.ts";
import { rulesInForce } from "./kafka_rules.ts";

const HOUR = 3_600_000;
const PARTS = ["throughput", "producer", "latency", "rules", "start", "restore"] as const;

export const scenarios: Record<string, Scenario> = {
  "kafka": async ({ args }) => {
    const trades = Number(argument(args, "--trades") ?? 1_000_000);
    const only = argument(args, "--only")?.split(",") ?? PARTS;
    const kafka = await startKafka(1);
    const rows: Record<string, unknown>[] = [];
    try {
      if (only.includes("producer")) rows.push(...await producers(kafka.brokers, trades));
      if (only.includes("throughput")) {
        for (const rules of [1_000, 100_000]) rows.push(...await throughput(kafka.brokers, trades, rules));
      }
      if (only.includes("latency")) rows.push(...await latencies(kafka.brokers));
      if (only.includes("rules")) rows.push(await rulesInForce(kafka.brokers));
      if (only.includes("start")) rows.push(...await starts(kafka.brokers));
      if (only.includes("restore")) rows.push(await restore(kafka.brokers));
    } finally {
      await kafka.stop();
    }
    return rows;
  },
};

function argument(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** The naive loop takes minutes for a million trades at 100,000 rules: it gets the first of them. */
const NAIVE_TRADES = 20_000;

/** Trades in the topic, then: kafkajs that only consumes, the naive consumer, the stream. */
async function throughput(
  brokers: readonly string[],
  trades: number,
  rules: number,
): Promise<Record<string, unknown>[]> {
  const whole = makeWorld({ seed: SEED, rules, trades });
  const rows: Record<string, unknown>[] = [];
  for (const mode of rules <= 1_000 ? ["stream", "naive", "bare"] as const : ["stream", "naive"] as const) {
    const count = mode === "naive" && rules > 1_000 ? Math.min(trades, NAIVE_TRADES) : trades;
    const world = { ...whole, trades: whole.trades.slice(0, count) };
    const row = await withTopics(brokers, async (made, log) => {
      await fillRules(log, world);
      await fillTrades(log, world);
      console.error(`${mode}, ${rules} rules: ${count} trades in the topic`);
      const figures = await child(taskOf(made, { mode, rules, trades: count, windowMs: HOUR }));
      const alerts = mode === "bare" ? undefined : await alertIds(log);
      return {
        what: mode,
        rules,
        trades: count,
        ...perMillion(figures, count),
        rss_mb: figures.rssMb,
        ...(alerts ? { alerts: alerts.length, equal: sameSet(alerts, oracle(world)) } : {}),
      };
    });
    rows.push(row);
    console.error(JSON.stringify(row));
  }
  return rows;
}

function perMillion(figures: ChildFigures, trades: number): Record<string, unknown> {
  return {
    trades_per_second: Math.round(trades / figures.seconds),
    cpu_seconds_per_million: round(figures.cpuSeconds / trades * 1e6),
  };
}

async function producers(brokers: readonly string[], trades: number): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (const mode of ["produce-bare", "produce"] as const) {
    const row = await withTopics(brokers, async (made) => {
      const figures = await child(taskOf(made, { mode, rules: 0, trades, windowMs: HOUR }));
      return { what: mode, trades, ...perMillion(figures, trades), rss_mb: figures.rssMb };
    });
    rows.push(row);
    console.error(JSON.stringify(row));
  }
  return rows;
}

/** From the start of the process to its first alert, and to readiness with a million rules. */
async function starts(brokers: readonly string[]): Promise<Record<string, unknown>[]> {
  const first = await withTopics(brokers, async (made, log) => {
    const world = makeWorld({ seed: SEED, rules: 1_000, trades: 20_000 });
    await fillRules(log, world);
    await fillTrades(log, world);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const stop = new AbortController();
    const began = performance.now();
    const running = child(taskOf(made, { mode: "stream", rules: 1_000, trades: 20_000, windowMs: HOUR }));
    const firstAlert = Promise.race(partitions.map(async (partition) => {
      for await (const _ of log.read({ topic: "alerts", partition, from: 0, signal: stop.signal })) break;
      return performance.now() - began;
    }));
    const ms = await firstAlert;
    const figures = await running;
    stop.abort();
    return {
      what: "first alert",
      rules: 1_000,
      ms: Math.round(ms),
      ready_ms: Math.round(figures.readyMs ?? NaN),
    };
  });
  console.error(JSON.stringify(first));
  const million = await withTopics(brokers, async (made, log) => {
    await fillRules(log, makeWorld({ seed: SEED, rules: 1_000_000, trades: 0 }));
    const figures = await child(
      taskOf(made, { mode: "stream", rules: 1_000_000, trades: 0, windowMs: HOUR }),
    );
    return {
      what: "ready",
      rules: 1_000_000,
      ready_ms: Math.round(figures.readyMs ?? NaN),
      rss_mb: figures.rssMb,
    };
  });
  console.error(JSON.stringify(million));
  return [first, million];
}

/** A partition with 100,000 alerts in its live windows. */
async function restore(brokers: readonly string[]): Promise<Record<string, unknown>> {
  const row = await withTopics(brokers, async (made, log) => {
    const world = makeWorld({ seed: SEED, rules: 100_000, trades: 0 });
    await fillRules(log, world);
    const windowStart = Math.floor(Date.now() / HOUR) * HOUR;
    const random = seededRandom(1);
    const records = world.rules.map((rule): NewRecord => ({
      topic: "alerts",
      key: rule.symbol as string,
      // All on one partition, as if its symbols were the busiest.
      placement: "005930",
      timestamp: windowStart,
      value: JSON.stringify({
        id: `${rule.id}@${windowStart}`,
        ruleId: rule.id,
        ruleVersion: 1,
        kind: rule.kind,
        comparator: rule.comparator,
        value: rule.value,
        symbol: rule.symbol,
        name: rule.symbol,
        direction: rule.direction,
        price: Math.round(random() * 100_000),
        rate: 1.25,
        change: 100,
        volume: 10,
        eventTime: windowStart + 1,
        windowStart,
        windowEnd: windowStart + HOUR,
        recipients: rule.recipients,
        channels: rule.channels,
        locale: rule.locale,
        tenant: rule.tenant,
        sign: "2",
      }),
    }));
    await appendAll(log, records);
    const figures = await child(taskOf(made, { mode: "stream", rules: 100_000, trades: 0, windowMs: HOUR }));
    return {
      what: "restore",
      alerts: 100_000,
      rules: 100_000,
      restore_ms: Math.round(figures.restoreMs ?? NaN),
    };
  });
  console.error(JSON.stringify(row));
  return row;
}

function sameSet(ids: readonly string[], expected: ReadonlySet<string>): boolean {
  return ids.length === expected.size && ids.every((id) => expected.has(id));
}
