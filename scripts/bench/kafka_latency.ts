/**
 * How long it takes: from a trade to its alert, from a rule that was answered 201 to the first trade it fires on.
 *
 * @module
 */
import { systemClock } from "../../src/core/clock.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { makeWorld, type World } from "./engine_world.ts";
import { end, fillRules, PARTITIONS, round, SEED, start, taskOf, withTopics } from "./kafka_rig.ts";

/** 1,000 trades a second; windows of a second, so that rules fire again and again: append to alert read back. */
export async function latencies(brokers: readonly string[]): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (const mode of ["naive", "stream"] as const) {
    const row = await withTopics(brokers, async (made, log) => {
      const world = makeWorld({ seed: SEED, rules: 1_000, trades: 25_000 });
      await fillRules(log, world);
      const running = start(taskOf(made, { mode, rules: 1_000, trades: 0, windowMs: 1_000, forever: true }));
      try {
        await systemClock.sleep(3_000);
        const figures = await tradeToAlert(log, world);
        const rss_mb = await peakMemory(running.process.pid);
        return { what: `latency ${mode}`, trades_per_second: 1_000, ...figures, rss_mb };
      } finally {
        await end(running.process);
      }
    });
    rows.push(row);
    console.error(JSON.stringify(row));
  }
  return rows;
}

/** The most memory a process has had, MiB; undefined where there is no /proc. */
async function peakMemory(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kib) / 1024);
}

async function tradeToAlert(log: EventLog, world: World): Promise<Record<string, unknown>> {
  const appended = new Map<number, number>();
  const waits: number[] = [];
  const stop = new AbortController();
  const warm = Date.now() + 5_000;
  const follow = Array.from({ length: PARTITIONS }, async (_, partition) => {
    for await (const batch of log.read({ topic: "alerts", partition, from: 0, signal: stop.signal })) {
      const now = performance.now();
      for (const { value } of batch.records) {
        const { eventTime } = JSON.parse(new TextDecoder().decode(value ?? undefined));
        const at = appended.get(eventTime);
        if (at !== undefined && eventTime > warm) waits.push(now - at);
      }
    }
  });
  const began = Date.now();
  for (let sent = 0; sent < world.trades.length;) {
    const due = Math.min(world.trades.length, Date.now() - began);
    for (; sent < due; sent++) {
      const trade = { ...world.trades[sent] as World["trades"][number], eventTime: began + sent };
      appended.set(trade.eventTime, performance.now());
      void log.append([{
        topic: "trades",
        key: trade.symbol,
        value: encodeTrade(trade),
        timestamp: trade.eventTime,
      }]);
    }
    await systemClock.sleep(1);
  }
  await systemClock.sleep(1_000);
  stop.abort();
  await Promise.all(follow);
  waits.sort((a, b) => a - b);
  const at = (share: number) => round(waits[Math.floor(waits.length * share)] ?? NaN);
  return { alerts: waits.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: round(waits.at(-1) ?? NaN) };
}
