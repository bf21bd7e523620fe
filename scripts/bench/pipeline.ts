/**
 * The embedded pipeline: the SQLite log, the stream with its engine, the notifier and the outbox, in one process.
 *
 * @module
 */
import type { Scenario } from "../bench.ts";
import { OutboxChannel } from "../../src/adapters/outbox/outbox_channel.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { compileEngine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { EventLog, NewRecord } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { placementKey } from "../../src/rules/rule.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { ENGINE_WASM } from "../build_wasm.ts";

const SYMBOLS = Array.from({ length: 2_700 }, (_, index) => String(100_000 + index));
const START = Date.UTC(2026, 2, 10, 0);

/** The embedded scenarios. */
export const scenarios: Record<string, Scenario> = {
  /** Trades that lie in the log already, as fast as they go: log to acknowledged alerts. */
  "pipeline": async () => {
    const rows: Record<string, unknown>[] = [];
    for (const rules of [1_000, 100_000]) rows.push(await throughput(rules, 500_000));
    return rows;
  },
  /** 1,000 trades a second for twenty seconds: from the append of a trade to its mail in the outbox. */
  "pipeline-latency": async () => [await latency(1_000, 20)],
};

function rulesOf(count: number): Rule[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, index) =>
    ruleOf({
      id: `r${index}`,
      symbol: SYMBOLS[index % SYMBOLS.length] as string,
      value: String(10_000 + Math.floor(random() * 2_000)),
      createdAt: START,
      updatedAt: START,
    }));
}

/** A walk of every symbol around 10,000 won. */
function* walk(): Generator<NewRecord> {
  const random = seededRandom(2);
  const prices = SYMBOLS.map(() => 10_000);
  for (let n = 0;; n++) {
    const index = Math.floor(random() * SYMBOLS.length);
    const symbol = SYMBOLS[index] as string;
    const price = prices[index] = Math.max(
      7_000,
      Math.min(13_000, (prices[index] as number) + (random() < 0.5 ? -10 : 10)),
    );
    const change = price - 10_000;
    const trade = {
      symbol,
      eventTime: START + n,
      price,
      sign: change > 0 ? "2" : change < 0 ? "5" : "3",
      change,
      rate: Math.round(change) / 100,
      open: 10_000,
      high: 13_000,
      low: 7_000,
      volume: 12,
      accVolume: 1_234_567 + n,
      accValue: 65_678_900_000 + n,
      ask: price + 10,
      bid: price,
      halted: "N",
    } as const;
    yield { topic: "trades", key: symbol, value: encodeTrade(trade), timestamp: trade.eventTime };
  }
}

async function inFolder<T>(body: (log: EventLog, folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 2, clock: systemClock });
  try {
    return await body(log, folder);
  } finally {
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function fillRules(log: EventLog, count: number): Promise<void> {
  const records = rulesOf(count).map((rule): NewRecord => ({
    topic: "rules",
    key: rule.id,
    placement: placementKey(rule),
    value: encodeRule(rule),
    timestamp: START,
  }));
  for (let from = 0; from < records.length; from += 5_000) {
    await log.append(records.slice(from, from + 5_000));
  }
}

function newStream(log: EventLog, module: WebAssembly.Module, onAlert: () => void): Stream {
  return new Stream({
    log,
    module,
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    onAlert,
  });
}

async function throughput(rules: number, trades: number): Promise<Record<string, unknown>> {
  const module = await compileEngine(await Deno.readFile(ENGINE_WASM));
  return await inFolder(async (log) => {
    await fillRules(log, rules);
    const source = walk();
    for (let done = 0; done < trades; done += 5_000) {
      await log.append(Array.from({ length: 5_000 }, () => source.next().value as NewRecord));
    }
    let alerts = 0;
    const stop = new AbortController();
    const stream = newStream(log, module, () => alerts++);
    const began = performance.now();
    const running = stream.run(stop.signal);
    await caughtUp(log);
    const seconds = (performance.now() - began) / 1000;
    stop.abort();
    await running;
    return {
      rules,
      trades,
      alerts,
      seconds: round(seconds),
      trades_per_second: Math.round(trades / seconds),
    };
  });
}

/** Waits until the stream has committed the end of the trades. */
async function caughtUp(log: EventLog): Promise<void> {
  for (let partition = 0; partition < 2;) {
    const { end } = await log.bounds("trades", partition);
    if (((await log.committed("stream", "trades", partition))?.offset ?? 0) >= end) partition++;
    else await systemClock.sleep(2);
  }
}

async function latency(perSecond: number, seconds: number): Promise<Record<string, unknown>> {
  const module = await compileEngine(await Deno.readFile(ENGINE_WASM));
  return await inFolder(async (log, folder) => {
    await fillRules(log, 20_000);
    const appended = new Map<number, number>();
    const waits: number[] = [];
    const outbox = await OutboxChannel.open({ folder: `${folder}/outbox`, from: "a@example.com" });
    const stop = new AbortController();
    const stream = newStream(log, module, () => {});
    const notifier = new Notifier({
      log,
      channels: [outbox],
      clock: systemClock,
      random: Math.random,
      stormPerMinute: 0,
      onDelivery: (delivery) => {
        const eventTime = delivery.state === "calling" ? delivery.alerts?.[0]?.eventTime : undefined;
        if (eventTime !== undefined) calling.set(delivery.id, eventTime);
        if (delivery.state !== "sent") return;
        const at = appended.get(calling.get(delivery.id) ?? -1);
        if (at !== undefined) waits.push(performance.now() - at);
      },
    });
    const calling = new Map<string, number>();
    const running = [stream.run(stop.signal), notifier.run(stop.signal)];
    await systemClock.sleep(500);
    const source = walk();
    const began = performance.now();
    for (let sent = 0; sent < perSecond * seconds;) {
      const due = Math.min(perSecond * seconds, Math.floor((performance.now() - began) / 1000 * perSecond));
      const batch = Array.from({ length: due - sent }, () => source.next().value as NewRecord);
      for (const record of batch) appended.set(record.timestamp, performance.now());
      sent = due;
      if (batch.length > 0) await log.append(batch);
      await systemClock.sleep(1);
    }
    await systemClock.sleep(1_000);
    stop.abort();
    await Promise.all(running);
    waits.sort((a, b) => a - b);
    const at = (share: number) => round(waits[Math.floor(waits.length * share)] ?? NaN);
    return {
      trades_per_second: perSecond,
      mails: waits.length,
      p50_ms: at(0.5),
      p99_ms: at(0.99),
      max_ms: at(0.9999),
    };
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
