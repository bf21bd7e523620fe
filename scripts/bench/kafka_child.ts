/**
 * The processes that scripts/bench/kafka.ts measures, each alone: asked what to do in its first argument, JSON; prints its
 * figures in one line of JSON.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";
import { systemClock } from "../../src/core/clock.ts";
import { compileEngine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { Assignment, EventLog, JoinOptions, RawBatch, Topic } from "../../src/ports/event_log.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { ENGINE_WASM } from "../build_wasm.ts";
import { makeWorld } from "./engine_world.ts";
import { NaiveLoop } from "./naive_loop.ts";

export interface ChildTask {
  readonly mode: "stream" | "naive" | "bare" | "produce" | "produce-bare";
  readonly brokers: readonly string[];
  readonly names: Readonly<Record<Topic, string>>;
  readonly groupPrefix: string;
  readonly seed: number;
  readonly rules: number;
  readonly trades: number;
  readonly windowMs: number;
  /** Go on until ended, for latency. */
  readonly forever?: boolean;
}

export interface ChildFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** Until every partition was restored, from the process's start, ms. */
  readonly readyMs?: number;
  /** The longest restore of a partition, ms. */
  readonly restoreMs?: number;
}

const PARTITIONS = 6;

class Meter {
  readonly #began = performance.now();
  readonly #cpu = Deno.build.os === "linux" ? cpuSeconds() : 0;

  end(): ChildFigures {
    return {
      seconds: (performance.now() - this.#began) / 1000,
      cpuSeconds: cpuSeconds() - this.#cpu,
      rssMb: Math.round(Deno.memoryUsage().rss / 2 ** 20),
    };
  }
}

/** User and system time of this process and its threads, from Linux's /proc; ticks are hundredths. */
function cpuSeconds(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A log whose trades are kept back until every partition is ready, and that says when all were handled. */
function gated(
  log: EventLog,
  ends: readonly number[],
  onAll: () => void,
  onReady: (restoreMs: number) => void,
): EventLog {
  const left = new Set(ends.flatMap((end, partition) => end > 0 ? [partition] : []));
  const ready = Promise.withResolvers<void>();
  let restored = 0;
  let longest = 0;
  const joinRaw = (options: JoinOptions<RawBatch>) =>
    log.joinRaw({
      ...options,
      assigned: async (assignment: Assignment) => {
        const began = performance.now();
        const task = await options.assigned(assignment);
        longest = Math.max(longest, performance.now() - began);
        if (++restored === PARTITIONS) {
          onReady(longest);
          ready.resolve();
        }
        await ready.promise;
        return {
          ...task,
          revoke: () => task.revoke(),
          idle: () => task.idle?.() ?? Promise.resolve(),
          handle: async (batch: RawBatch) => {
            await task.handle(batch);
            // Taken away in between: whoever gets it does it again.
            if (assignment.signal.aborted) return;
            if (batch.nextOffset < (ends[batch.partition] ?? 0)) return;
            if (left.delete(batch.partition) && left.size === 0) onAll();
          },
        };
      },
    });
  return new Proxy(log, {
    get: (target, name) => {
      if (name === "joinRaw") return joinRaw;
      const value = target[name as keyof EventLog] as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Loaded only where it is measured: it mends kafkajs, which is to be measured as it is. */
async function openLog(task: ChildTask): Promise<EventLog> {
  const { openKafkaLog } = await import("../../src/adapters/kafka/event_log.ts");
  return await openKafkaLog({ ...task, topics: task.names, clock: systemClock, random: Math.random });
}

async function stream(task: ChildTask, report: (figures: ChildFigures) => void): Promise<void> {
  const log = await openLog(task);
  const ends = await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => (await log.bounds("trades", partition)).end),
  );
  const stop = new AbortController();
  let meter = new Meter();
  const times = { readyMs: 0, restoreMs: 0 };
  const finish = () => {
    report({ ...meter.end(), ...times });
    if (!task.forever) stop.abort();
  };
  const runs = new Stream({
    log: gated(log, ends, finish, (restoreMs) => {
      times.readyMs = performance.now();
      times.restoreMs = restoreMs;
      meter = new Meter();
      if (ends.every((end) => end === 0)) finish();
    }),
    module: await compileEngine(await Deno.readFile(ENGINE_WASM)),
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    windowMs: task.windowMs,
  });
  await runs.run(stop.signal);
  await log.close();
}

/** What one writes first: kafkajs, JSON.parse, a loop over the symbol's rules. */
async function naive(task: ChildTask, report: (figures: ChildFigures) => void, only = false): Promise<void> {
  const kafka = new Kafka({ brokers: [...task.brokers], logLevel: logLevel.NOTHING });
  // A new broker's coordinator is still loading for a second: more tries than the five that are a consumer's default.
  const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 100 };
  const producer = kafka.producer({ retry });
  const consumer = kafka.consumer({
    groupId: `${task.groupPrefix}${task.mode}`,
    maxWaitTimeInMs: 200,
    retry,
  });
  await Promise.all([producer.connect(), consumer.connect()]);
  const loop = new NaiveLoop(
    makeWorld({ seed: task.seed, rules: task.rules, trades: 0 }).rules,
    task.windowMs,
  );
  await consumer.subscribe({ topic: task.names.trades, fromBeginning: true });
  const all = Promise.withResolvers<void>();
  let seen = 0;
  let meter: Meter | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => all.reject(payload.error));
  await consumer.run({
    autoCommit: !only,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async ({ batch }) => {
      meter ??= new Meter();
      seen += batch.messages.length;
      if (!only) {
        const alerts: { key: string; value: string }[] = [];
        for (const { value } of batch.messages) {
          const trade = JSON.parse(value?.toString() ?? "null") as Trade;
          loop.evaluate(
            trade,
            (id) => alerts.push({ key: trade.symbol, value: JSON.stringify({ id, ...trade }) }),
          );
        }
        for (let at = 0; at < alerts.length; at += PER_APPEND) {
          await producer.send({ topic: task.names.alerts, messages: alerts.slice(at, at + PER_APPEND) });
        }
      }
      if (seen >= task.trades) all.resolve();
    },
  });
  if (task.forever) await new Promise(() => {});
  await all.promise;
  report((meter ?? new Meter()).end());
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
}

const PER_APPEND = 500;

async function produce(task: ChildTask, report: (figures: ChildFigures) => void): Promise<void> {
  const log = await openLog(task);
  await log.partitions("trades");
  const { trades } = makeWorld({ seed: task.seed, rules: 0, trades: task.trades });
  const records = trades.map((trade) => ({
    key: trade.symbol,
    value: encodeTrade(trade),
    timestamp: trade.eventTime,
  }));
  const meter = new Meter();
  const waiting = new Set<Promise<unknown>>();
  for (let from = 0; from < records.length; from += PER_APPEND) {
    const chunk = records.slice(from, from + PER_APPEND).map((record) => ({
      topic: "trades" as const,
      ...record,
    }));
    const append: Promise<unknown> = log.append(chunk).then(() => waiting.delete(append));
    waiting.add(append);
    if (waiting.size >= 32) await Promise.race(waiting);
  }
  await Promise.all(waiting);
  report(meter.end());
  await log.close();
}

async function produceBare(task: ChildTask, report: (figures: ChildFigures) => void): Promise<void> {
  const kafka = new Kafka({ brokers: [...task.brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const { trades } = makeWorld({ seed: task.seed, rules: 0, trades: task.trades });
  const messages = trades.map((trade) => ({
    key: trade.symbol,
    value: encodeTrade(trade),
    timestamp: String(trade.eventTime),
  }));
  const meter = new Meter();
  const waiting = new Set<Promise<unknown>>();
  for (let from = 0; from < messages.length; from += PER_APPEND * PARTITIONS) {
    const sent: Promise<unknown> = producer.send({
      topic: task.names.trades,
      acks: -1,
      messages: messages.slice(from, from + PER_APPEND * PARTITIONS),
    }).then(() => waiting.delete(sent));
    waiting.add(sent);
    if (waiting.size >= 5) await Promise.race(waiting);
  }
  await Promise.all(waiting);
  report(meter.end());
  await producer.disconnect();
}

if (import.meta.main) {
  const task = JSON.parse(Deno.args[0] ?? "") as ChildTask;
  const report = (figures: ChildFigures) => console.log(JSON.stringify(figures));
  if (task.mode === "stream") await stream(task, report);
  else if (task.mode === "produce") await produce(task, report);
  else if (task.mode === "produce-bare") await produceBare(task, report);
  else await naive(task, report, task.mode === "bare");
  Deno.exit(0);
}
