/**
 * What the scenarios of scripts/bench/kafka.ts share: topics of their own, filled; measured processes.
 *
 * @module
 */
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { EventLog, NewRecord } from "../../src/ports/event_log.ts";
import { placementKey, type Rule } from "../../src/rules/rule.ts";
import { holds } from "../../src/rules/snapshot.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { makeTopics, type TestTopics } from "../../tests/support/kafka_log.ts";
import type { World } from "./engine_world.ts";
import type { ChildFigures, ChildTask } from "./kafka_child.ts";

export const SEED = 20261123;
export const PARTITIONS = 6;
const HOUR = 3_600_000;

/** Topics under names of their own, and the log over them. */
export async function withTopics<T>(
  brokers: readonly string[],
  body: (made: TestTopics, log: EventLog) => Promise<T>,
): Promise<T> {
  const made = await makeTopics(brokers, { partitions: PARTITIONS });
  const log = await openKafkaLog({
    brokers,
    topics: made.names,
    groupPrefix: made.groupPrefix,
    clock: systemClock,
    random: Math.random,
  });
  try {
    return await body(made, log);
  } finally {
    await log.close();
    await made.close();
  }
}

/** A task for a measured process on these topics. */
export function taskOf(
  made: TestTopics,
  task: Pick<ChildTask, "mode" | "rules" | "trades" | "windowMs" | "forever">,
): ChildTask {
  return { brokers: made.brokers, names: made.names, groupPrefix: made.groupPrefix, seed: SEED, ...task };
}

/** Starts a measured process. */
export function start(task: ChildTask): { process: Deno.ChildProcess } {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      new URL("./kafka_child.ts", import.meta.url).pathname,
      JSON.stringify(task),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { process };
}

/** Ends a process that was to go on until now. */
export async function end(process: Deno.ChildProcess): Promise<void> {
  const ended = await Promise.race([process.status, systemClock.sleep(0)]);
  if (ended) throw new Error(`a measured process ended by itself with ${ended.code}`);
  process.kill("SIGKILL");
  await process.status;
}

/** Runs a measured process to its end. */
export async function child(task: ChildTask): Promise<ChildFigures> {
  const output = await start(task).process.output();
  if (output.code !== 0) throw new Error(`the ${task.mode} process ended with ${output.code}`);
  return JSON.parse(new TextDecoder().decode(output.stdout).trim().split("\n").at(-1) ?? "");
}

/** Writes the rules. */
export async function fillRules(log: EventLog, world: World): Promise<void> {
  await appendAll(
    log,
    world.rules.map((rule): NewRecord => ({
      topic: "rules",
      key: rule.id,
      placement: placementKey(rule),
      value: encodeRule(rule),
      timestamp: rule.createdAt,
    })),
  );
}

/** Writes the trades. */
export async function fillTrades(log: EventLog, world: World): Promise<void> {
  await appendAll(
    log,
    world.trades.map((trade): NewRecord => ({
      topic: "trades",
      key: trade.symbol,
      value: encodeTrade(trade),
      timestamp: trade.eventTime,
    })),
  );
}

/** Appends many records, some thousands at a time. */
export async function appendAll(log: EventLog, records: readonly NewRecord[]): Promise<void> {
  const waiting: Promise<unknown>[] = [];
  for (let from = 0; from < records.length; from += 5_000) {
    waiting.push(log.append(records.slice(from, from + 5_000)));
    if (waiting.length >= 20) await waiting.shift();
  }
  await Promise.all(waiting);
}

/** The ids of all alerts in the log. */
export async function alertIds(log: EventLog): Promise<string[]> {
  const ids: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { end } = await log.bounds("alerts", partition);
    for await (const batch of log.read({ topic: "alerts", partition, from: 0, to: end })) {
      for (const { value } of batch.records) {
        ids.push(JSON.parse(new TextDecoder().decode(value ?? undefined)).id);
      }
    }
  }
  return ids;
}

/** What fires, by the oracle's conditions: each rule of the trade's symbol that has not fired in the window yet. */
export function oracle(world: World): ReadonlySet<string> {
  const bySymbol = Map.groupBy(world.rules, ({ symbol }) => symbol);
  const waiting = new Map<string, { window: number; rules: Rule[] }>();
  const fired = new Set<string>();
  for (const trade of world.trades) {
    const window = Math.floor(trade.eventTime / HOUR) * HOUR;
    let left = waiting.get(trade.symbol);
    if (left?.window !== window) {
      left = { window, rules: [...bySymbol.get(trade.symbol) ?? []] };
      waiting.set(trade.symbol, left);
    }
    left.rules = left.rules.filter((rule) => {
      if (!holds(rule, trade)) return true;
      fired.add(`${rule.id}@${window}`);
      return false;
    });
  }
  return fired;
}

/** Two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
