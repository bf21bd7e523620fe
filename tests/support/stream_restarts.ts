import { expect } from "expect";
import fc from "fast-check";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { systemClock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { referenceRecord } from "../../src/books/reference_book.ts";
import type { EventLog, NewRecord } from "../../src/ports/event_log.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "./engine_module.ts";
import {
  type MeasuredRecord,
  measuredRecord,
  measuredRule,
  minutesOfTrades,
  NINE,
  references,
  SYMBOLS,
} from "./measured_gen.ts";
import { allRecords } from "./temporary_log.ts";

/** What happens to the trades of one life of a stream: it ends cleanly, or its commits are lost as in a crash. */
export interface Life {
  readonly records: readonly MeasuredRecord[];
  readonly crashes: boolean;
}

/** A day: the rules of all measures and policies, and the lives of a stream on it. */
export const restartedDay = fc.record({
  rules: fc.uniqueArray(measuredRule, {
    minLength: 10,
    maxLength: 12,
    selector: ({ id }) => id,
    size: "max",
  }),
  lives: fc.array(
    fc.record({
      records: fc.oneof(
        fc.array(measuredRecord, { minLength: 8, maxLength: 20, size: "max" }),
        minutesOfTrades,
      ),
      crashes: fc.boolean(),
    }),
    { minLength: 4, maxLength: 6, size: "max" },
  ),
});

/**
 * Runs a day twice, on two empty logs of one partition: with a stream that is stopped or killed after each life, and with
 * one that runs through; both must write the same alerts, each once.
 */
export async function expectSameAlerts(
  day: { readonly rules: readonly Rule[]; readonly lives: readonly Life[] },
  logs: { readonly restarted: EventLog; readonly whole: EventLog },
): Promise<number> {
  const { rules, lives } = day;
  const parts = recordsOfLives(lives);
  for (const log of [logs.restarted, logs.whole]) await appendRules(log, rules);
  await logs.whole.append(parts.flat());
  await runUntilDone(logs.whole);
  for (const [each, records] of parts.entries()) {
    await logs.restarted.append(records);
    await runUntilDone(logs.restarted, lives[each]?.crashes);
  }
  await runUntilDone(logs.restarted);
  const [restarted, whole] = [await alertsOf(logs.restarted), await alertsOf(logs.whole)];
  expect(restarted).toEqual(whole);
  return whole.length;
}

/** The records of the trades topic of each life, one life after the other. */
export function recordsOfLives(lives: readonly Life[]): NewRecord[][] {
  let now = NINE;
  return lives.map(({ records }) =>
    records.map(({ jump, at }) => {
      const eventTime = now + jump;
      now = Math.max(now, eventTime);
      return tradesRecord(at(eventTime), eventTime);
    })
  );
}

/** Writes rules, and what is known of the symbols. */
export async function appendRules(log: EventLog, rules: readonly Rule[]): Promise<void> {
  await log.append([...references.map((each) => referenceRecord(each, 0)), ...rules.flatMap(ruleRecords)]);
}

/** Runs a stream until it has evaluated every trade; its commits are lost when it crashes. */
export async function runUntilDone(log: EventLog, crashes = false): Promise<void> {
  const stop = new AbortController();
  const { end } = await log.bounds("trades", 0);
  const lost = () => Promise.reject(new OutsideError("unreachable", "gone", { retryable: true }));
  const given: EventLog = crashes ? withCommits(log, lost) : log;
  const evaluated = Promise.withResolvers<void>();
  const stream = new Stream({
    log: watched(given, (nextOffset) => nextOffset >= end && evaluated.resolve()),
    module: await engineModule(),
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    commitMs: 0,
  });
  const running = stream.run(stop.signal);
  const committed = await log.committed("stream", "trades", 0);
  if ((committed?.offset ?? 0) < end) await Promise.race([evaluated.promise, running]);
  stop.abort();
  await running;
}

/** A log that says how far its raw batches were handled. */
function watched(log: EventLog, handled: (nextOffset: number) => void): EventLog {
  return overridden(log, (options) =>
    log.joinRaw({
      ...options,
      assigned: async (assignment) => {
        const task = await options.assigned(assignment);
        return {
          handle: async (batch) => {
            await task.handle(batch);
            handled(batch.nextOffset);
          },
          idle: async () => await task.idle?.(),
          revoke: () => task.revoke(),
        };
      },
    }));
}

function withCommits(log: EventLog, commit: () => Promise<void>): EventLog {
  return overridden(
    log,
    (options) =>
      log.joinRaw({ ...options, assigned: (assignment) => options.assigned({ ...assignment, commit }) }),
  );
}

function overridden(log: EventLog, joinRaw: EventLog["joinRaw"]): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name === "joinRaw") return joinRaw;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The alerts in the order in which they were written: id, and what was measured. */
async function alertsOf(log: EventLog): Promise<string[]> {
  const records = await allRecords(log, "alerts");
  return records.map(({ value }) => {
    const { id, price, closing, conditions, eventTime } = decodeAlert(value as Uint8Array);
    return `${id} at ${eventTime}: ${price}, ${conditions.map(({ measured }) => measured)}${
      closing ? ", the last" : ""
    }`;
  }).sort();
}

function tradesRecord(value: Uint8Array, timestamp: number): NewRecord {
  const { symbol } = JSON.parse(new TextDecoder().decode(value));
  const headers = { "ingest-time": String(timestamp) };
  return { topic: "trades", key: symbol ?? SYMBOLS[0], value, timestamp, headers };
}

function ruleRecords(rule: Rule): NewRecord[] {
  return [{
    topic: "rules",
    key: rule.id,
    placement: rule.symbol ?? rule.id,
    value: encodeRule(rule),
    timestamp: 0,
  }];
}
