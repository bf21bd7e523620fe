import { until } from "../../../tests/support/until.ts";
import { expect } from "expect";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { openSqliteLog } from "../../adapters/sqlite/event_log.ts";
import { systemClock, VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { compileEngine } from "../../engine/engine.ts";
import { SymbolDirectory } from "../../market/directory.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { decodeCandle, encodeCandle } from "../../market/minute_candle_codec.ts";
import type { Trade } from "../../market/trade.ts";
import type { Committed, EventLog, NewRecord } from "../../ports/event_log.ts";
import { encodeRule } from "../../rules/codec.ts";
import { placementKey, type Rule } from "../../rules/rule.ts";
import { Health } from "../../telemetry/health.ts";
import { allRecords } from "../../../tests/support/temporary_log.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { LateShare } from "./late_share.ts";
import { LiveWindows } from "./live_windows.ts";
import { Stream } from "./stream.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { within } from "../../../tests/support/gather.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 2, 10, 3);
const module = await compileEngine(
  await Deno.readFile(new URL("../../../wasm/build/engine.wasm", import.meta.url)),
);
const directory = new SymbolDirectory([{
  symbol: "005930",
  name: "삼성전자",
  nameEn: "Samsung Electronics",
  market: "KOSPI",
  type: "stock",
  basePrice: 0,
}]);

function rule(id: string, changes: Partial<Rule> = {}): Rule {
  return ruleOf({ id, value: "71000", createdAt: NOON, updatedAt: NOON, ...changes });
}

function trade(eventTime: number, price: number): NewRecord {
  const made: Trade = {
    symbol: "005930",
    eventTime,
    price,
    sign: "2",
    change: price - 70_000,
    rate: Math.round((price - 70_000) / 7) / 100,
    open: price,
    high: price,
    low: price,
    volume: 1,
    accVolume: 1,
    accValue: price,
    ask: price,
    bid: price,
    halted: "N",
  };
  return { topic: "trades", key: "005930", value: encodeTrade(made), timestamp: eventTime };
}

function ruleRecord(made: Rule): NewRecord {
  return {
    topic: "rules",
    key: made.id,
    placement: placementKey(made),
    value: encodeRule(made),
    timestamp: NOON,
  };
}

async function withLog(body: (open: () => Promise<EventLog>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const open = () => openSqliteLog({ path: `${folder}/events.db`, partitions: 3, clock: systemClock });
  try {
    await body(open);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a stream until it has given `count` alerts (or, with 0, caught up with the trades). */
async function runStream(
  log: EventLog,
  count: number,
  during: (stream: Stream) => Promise<void> = async () => {},
) {
  const alerts: Alert[] = [];
  const stop = new AbortController();
  const stream = new Stream({
    log,
    module,
    directory,
    clock: systemClock,
    random: Math.random,
    commitMs: 0,
    onAlert: (alert) => {
      alerts.push(alert);
      if (alerts.length === count) stop.abort();
    },
  });
  const running = stream.run(stop.signal);
  await during(stream);
  if (count === 0) await caughtUp(log).then(() => stop.abort());
  await running;
  return alerts;
}

async function caughtUp(log: EventLog): Promise<void> {
  for (let partition = 0; partition < 3; partition++) {
    await until(async () => {
      const { end } = await log.bounds("trades", partition);
      return ((await log.committed("stream", "trades", partition))?.offset ?? 0) >= end;
    }, `the stream to catch up on partition ${partition}`);
  }
}

async function alertsWritten(log: EventLog, count: number): Promise<void> {
  await until(async () => (await alertsIn(log)).length >= count, `${count} alerts`);
}

function readMark(value: Uint8Array | null): { readonly armed: number } {
  return JSON.parse(new TextDecoder().decode(value ?? undefined));
}

async function alertsIn(log: EventLog): Promise<string[]> {
  const ids: string[] = [];
  for (let partition = 0; partition < 3; partition++) {
    const { start, end } = await log.bounds("alerts", partition);
    for await (const batch of log.read({ topic: "alerts", partition, from: start, to: end })) {
      ids.push(...batch.records.map((record) => decodeAlert(record.value as Uint8Array).id));
    }
  }
  return ids;
}

Deno.test("a rule fires once in a window, and again in the next; a restart repeats nothing", async () => {
  await withLog(async (open) => {
    let log = await open();
    await log.append([ruleRecord(rule("r1")), trade(NOON, 71_000), trade(NOON + 1, 72_000)]);
    expect((await runStream(log, 1)).map((alert) => alert.id)).toEqual([`r1@${NOON}`]);
    await log.close();
    log = await open();
    await log.append([trade(NOON + 2, 73_000), trade(NOON + HOUR, 73_000)]);
    expect((await runStream(log, 1)).map((alert) => alert.id)).toEqual([`r1@${NOON + HOUR}`]);
    expect(await alertsIn(log)).toEqual([`r1@${NOON}`, `r1@${NOON + HOUR}`]);
    await log.close();
  });
});

Deno.test("what was written and not committed before a crash is not written again", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("r1")), trade(NOON, 71_000)]);
    const lost: EventLog = new Proxy(log, {
      get(target, name) {
        if (name === "joinRaw") return uncommitting(target);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(await runStream(lost, 1)).toHaveLength(1);
    await log.append([trade(NOON + 5, 75_000)]);
    expect(await runStream(log, 0)).toEqual([]);
    expect(await alertsIn(log)).toEqual([`r1@${NOON}`]);
    await log.close();
  });
});

Deno.test("trades do not wait for a commit that takes its time", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("r1")), trade(NOON, 71_000)]);
    const released = Promise.withResolvers<void>();
    const late = setTimeout(
      () => released.reject(new Error("the second trade waited for the commit")),
      5_000,
    );
    const slow: EventLog = new Proxy(log, {
      get(target, name) {
        if (name === "joinRaw") return committing(target, () => released.promise);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const alerts = await runStream(slow, 2, async () => {
      await alertsWritten(log, 1);
      await log.append([trade(NOON + HOUR, 71_000)]);
      await alertsWritten(log, 2);
      released.resolve();
    });
    clearTimeout(late);
    expect(alerts.map((alert) => alert.windowStart)).toEqual([NOON, NOON + HOUR]);
    await log.close();
  });
});

/** A log whose commits are lost, as in a crash before the commit. */
function uncommitting(log: EventLog): EventLog["joinRaw"] {
  return committing(
    log,
    () => Promise.reject(new OutsideError("kafka_unreachable", "gone", { retryable: true })),
  );
}

function committing(log: EventLog, commit: () => Promise<void>): EventLog["joinRaw"] {
  return (options) =>
    log.joinRaw({ ...options, assigned: (assignment) => options.assigned({ ...assignment, commit }) });
}

Deno.test("a record that is no trade goes to the dead letters with its bytes, and the next one is handled", async () => {
  await withLog(async (open) => {
    const log = await open();
    const bad = { topic: "trades", key: "005930", value: '{"symbol":"00', timestamp: NOON } as const;
    await log.append([ruleRecord(rule("r1")), bad, trade(NOON, 71_000)]);
    expect(await runStream(log, 1)).toHaveLength(1);
    const letters = [];
    for await (const batch of log.read({ topic: "deadletter", partition: 0, from: 0, to: 1 })) {
      letters.push(...batch.records);
    }
    expect(new TextDecoder().decode(letters[0]?.value ?? undefined)).toBe(bad.value);
    expect(letters[0]?.headers).toMatchObject({
      role: "stream",
      origin: expect.stringMatching(/^trades\/\d\/0$/),
    });
    await log.close();
  });
});

Deno.test("what is no rule or no reference goes to the dead letters, read at the start or while it runs, and stops nothing", async () => {
  await withLog(async (open) => {
    const log = await open();
    const bad = (topic: "rules" | "reference", value: string): NewRecord => ({
      topic,
      key: topic === "rules" ? "bad" : "005930",
      placement: "005930",
      value,
      timestamp: NOON,
    });
    await log.append([bad("rules", "{first")]);
    const alerts = await runStream(log, 1, async (stream) => {
      const made = rule("r1");
      await log.append([ruleRecord(made)]);
      await stream.inForce([made]);
      await log.append([bad("rules", "{second"), bad("reference", "{third")]);
      await until(async () => (await log.bounds("deadletter", 0)).end === 3, "three dead letters");
      await log.append([trade(NOON, 71_000)]);
    });
    expect(alerts.map(({ ruleId }) => ruleId)).toEqual(["r1"]);
    const letters = await allRecords(log, "deadletter");
    expect(letters.map(({ value }) => new TextDecoder().decode(value ?? undefined)).sort())
      .toEqual(["{first", "{second", "{third"]);
    expect(letters.map(({ headers }) => headers.origin?.split("/")[0]).sort())
      .toEqual(["reference", "rules", "rules"]);
    await log.close();
  });
});

for (const topic of ["rules", "reference"] as const) {
  Deno.test(`a stream that cannot follow the topic ${topic} any more ends with why, and is not ready`, async () => {
    await withLog(async (open) => {
      const log = await open();
      const away = new OutsideError("not_allowed", "no right to read it", { retryable: false });
      const failing = new Proxy(log, {
        get: (target, name) => {
          if (name !== "read") return Reflect.get(target, name).bind(target);
          return (options: Parameters<EventLog["read"]>[0]) => {
            // What is followed has no end.
            if (options.topic === topic && options.to === undefined) throw away;
            return target.read(options);
          };
        },
      });
      const health = new Health();
      const options = { module, directory, clock: systemClock, random: Math.random, commitMs: 0, health };
      const stop = new AbortController();
      const running = new Stream({ log: failing, ...options }).run(stop.signal);
      // Only so that a stream that goes on ends the test.
      const deadline = setTimeout(() => stop.abort(), 10_000);
      await expect(running).rejects.toBe(away);
      clearTimeout(deadline);
      expect(health.ready).toBe(false);
      await log.close();
    });
  });
}

Deno.test("a rule written while the stream runs is in force when inForce resolves; a deleted one fires no more", async () => {
  await withLog(async (open) => {
    const log = await open();
    const alerts = await runStream(log, 1, async (stream) => {
      const gone = rule("gone");
      await log.append([ruleRecord(gone)]);
      await stream.inForce([gone]);
      await log.append([{ topic: "rules", key: "gone", placement: "005930", value: null, timestamp: NOON }]);
      const made = rule("r1");
      await log.append([ruleRecord(made)]);
      await stream.inForce([made]);
      await log.append([trade(NOON, 71_000)]);
    });
    expect(alerts.map((alert) => alert.ruleId)).toEqual(["r1"]);
    await log.close();
  });
});

Deno.test("inForce says so when the stream does not take a rule up in time", async () => {
  await withLog(async (open) => {
    const log = await open();
    await runStream(log, 0, async (stream) => {
      await expect(stream.inForce([rule("never")], 50)).rejects.toThrow("has not taken it up");
    });
    await log.close();
  });
});

Deno.test("an alert that cannot be written is written when the log is back", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("r1")), trade(NOON, 71_000)]);
    let refusals = 3;
    const flaky: EventLog = new Proxy(log, {
      get(target, name) {
        if (name === "appendPack" && refusals-- > 0) {
          return () => Promise.reject(new OutsideError("kafka_unreachable", "away", { retryable: true }));
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(await runStream(flaky, 1)).toHaveLength(1);
    expect(refusals).toBeLessThanOrEqual(0);
    expect(await alertsIn(log)).toEqual([`r1@${NOON}`]);
    await log.close();
  });
});

Deno.test("live windows remember where the first alert stands that is needed", () => {
  const windows = new LiveWindows(7);
  expect(windows.restoreFrom).toBe(7);
  windows.note(NOON, 9);
  windows.note(NOON + HOUR, 12);
  windows.note(NOON, 14);
  expect(windows.restoreFrom).toBe(9);
  windows.note(null, 14);
  windows.forget(NOON);
  expect(windows.restoreFrom).toBe(12);
  windows.forget(NOON + HOUR);
  expect(windows.restoreFrom).toBe(15);
});

Deno.test("a commit's note that is not ours reads as the beginning", () => {
  const position = {
    alertsFrom: 12,
    watermark: NOON,
    arrival: NOON + 1,
    candles: { from: 3, to: 7 },
    days: [[20_000, 2]] as const,
    formingFrom: 9,
  };
  expect(decodePosition(encodePosition(position))).toEqual(position);
  for (
    const other of [
      "",
      "{}",
      "null",
      "[1]",
      '{"v":5,"alertsFrom":1,"watermark":1,"arrival":1}',
      '{"v":4,"alertsFrom":1,"watermark":1,"arrival":1,"days":[[1]]}',
      '{"v":3,"alertsFrom":1,"watermark":1,"arrival":1,"candles":[1],"formingFrom":1}',
      '{"v":2,"alertsFrom":1,"watermark":1,"arrival":-1}',
      '{"v":1,"alertsFrom":-1,"watermark":0}',
    ]
  ) {
    expect(decodePosition(other)).toEqual({
      alertsFrom: 0,
      watermark: 0,
      arrival: 0,
      candles: { from: 0, to: 0 },
      days: [],
      formingFrom: null,
    });
  }
});

/** A trade with the header that says when it arrived. */
function arrived(made: NewRecord, arrival: number): NewRecord {
  return { ...made, headers: { "ingest-time": String(arrival) } };
}

Deno.test("a record stamped a day ahead silences no rule of its partition, and goes to the dead letters", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([
      ruleRecord(rule("r1")),
      arrived(trade(NOON + 20 * HOUR, 70_000), NOON),
      arrived(trade(NOON + 1, 71_000), NOON + 2),
    ]);
    expect((await runStream(log, 1)).map((alert) => alert.id)).toEqual([`r1@${NOON}`]);
    const letters = await allRecords(log, "deadletter");
    expect(letters.map(({ headers }) => headers.code)).toEqual(["future_event_time"]);
    await log.close();
  });
});

Deno.test("a partition whose time an older version let one record carry away recovers by itself", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("r1")), arrived(trade(NOON, 70_000), NOON)]);
    const partition = await log.partitionOf("trades", "005930");
    const poisoned = JSON.stringify({ v: 1, alertsFrom: 0, watermark: NOON + 20 * HOUR });
    await commitFor(log, partition, { offset: 1, metadata: poisoned });
    await log.append([arrived(trade(NOON + 1, 71_000), NOON + 1)]);
    expect((await runStream(log, 1)).map((alert) => alert.id)).toEqual([`r1@${NOON}`]);
    await log.close();
  });
});

/** Commits as a stream would have. */
async function commitFor(log: EventLog, partition: number, position: Committed): Promise<void> {
  const done = Promise.withResolvers<void>();
  const member = await log.joinRaw({
    group: "stream",
    topics: ["trades"],
    assigned: async (assignment) => {
      if (assignment.partition === partition) await assignment.commit(position).then(done.resolve);
      return { handle: async () => {}, revoke: async () => {} };
    },
  });
  await within(done.promise, "the commit");
  await member.leave();
}

Deno.test("many late trades degrade the stream's health for a minute, a few do not", async () => {
  const clock = new VirtualClock(NOON);
  const late = new LateShare(clock);
  late.note(1_000, 9);
  expect([late.isHigh, late.share]).toEqual([false, 0.009]);
  late.note(100, 100);
  expect(late.isHigh).toBe(false);
  late.note(300, 300);
  expect([late.isHigh, late.sums]).toEqual([true, { trades: 1_400, late: 409 }]);
  await clock.advance(61_000);
  expect([late.isHigh, late.share]).toEqual([false, 0]);
});

Deno.test("a rule that fires once stays spent when its alert is no longer read back", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("once", { repeat: "once", armedAt: NOON }))]);
    for (const day of [0, 2, 4]) {
      await log.append([trade(NOON + day * 24 * HOUR, 71_000 + day)]);
      await runStream(log, 0);
    }
    expect(await alertsIn(log)).toEqual([`once@${NOON}`]);
    expect((await allRecords(log, "spent")).map(({ key }) => key)).toEqual(["once"]);
    await log.close();
  });
});

Deno.test("a rule that fires once stays spent though who wrote its alert died before it said so", async () => {
  let left: NewRecord[] = [];
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("once", { repeat: "once", armedAt: NOON })), trade(NOON, 71_000)]);
    await runStream(log, 1);
    left = (await allRecords(log, "alerts")).map(({ topic, key, value, timestamp }) => ({
      topic,
      key,
      value,
      timestamp,
    }));
    await log.close();
  });
  await withLog(async (open) => {
    const log = await open();
    await log.append([ruleRecord(rule("once", { repeat: "once", armedAt: NOON })), trade(NOON, 71_000)]);
    await log.append(left);
    // The first restart reads the alert back; the others begin behind it.
    for (const day of [0, 2, 4]) {
      await log.append([trade(NOON + day * 24 * HOUR, 71_000 + day)]);
      expect(await runStream(log, 0)).toEqual([]);
    }
    expect(await alertsIn(log)).toEqual([`once@${NOON}`]);
    expect((await allRecords(log, "spent")).map(({ key }) => key)).toEqual(["once"]);
    // Armed anew it fires, and what the first arming left says nothing any more.
    const anew = { repeat: "once", version: 2, armed: 2, armedAt: NOON + 4 * 24 * HOUR } as const;
    await log.append([ruleRecord(rule("once", anew)), trade(NOON + 4 * 24 * HOUR + 1, 71_000)]);
    expect(await runStream(log, 1)).toHaveLength(1);
    await log.append(left);
    await runStream(log, 0);
    expect((await allRecords(log, "spent")).map(({ value }) => readMark(value).armed)).toEqual([2]);
    await log.close();
  });
});

Deno.test("a closed minute is on the candles topic once the partition's time has passed it", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([
      trade(NOON, 71_000),
      trade(NOON + 59_999, 70_500),
      trade(NOON + 60_000, 70_600),
      trade(NOON + 1, 70_400),
    ]);
    await runStream(log, 0);
    const candles = (await allRecords(log, "candles")).map(({ value }) => decodeCandle(value as Uint8Array));
    const rows = candles.map(({ start, open, low, close, trades }) => [start, open, low, close, trades]);
    // It is written again for the trade that came late, and the newest one counts.
    expect(rows.at(-1)).toEqual([NOON, 71_000, 70_400, 70_500, 3]);
    expect(rows.every(([start]) => start === NOON)).toBe(true);
    await log.close();
  });
});

Deno.test("what stood before a restart is what a crossing goes back to, in the minute that was forming too", async () => {
  await withLog(async (open) => {
    const log = await open();
    // Above the threshold before there is a rule: yesterday's close, 70,000, is not what the next trade crosses from.
    await log.append([trade(NOON, 71_500)]);
    await runStream(log, 0);
    await log.append([ruleRecord(rule("crossing", { on: "crossing" })), trade(NOON + 1, 71_600)]);
    await runStream(log, 0);
    expect(await alertsIn(log)).toEqual([]);
    await log.append([trade(NOON + 60_001, 70_900)]);
    await runStream(log, 0);
    await log.append([trade(NOON + 120_001, 71_000)]);
    await runStream(log, 0);
    expect(await alertsIn(log)).toEqual([`crossing@${NOON}`]);
    await log.close();
  });
});

Deno.test("a candle that was written after the commit says nothing to a restart: its trades come again", async () => {
  await withLog(async (open) => {
    const log = await open();
    await log.append([
      ruleRecord(rule("crossing", { on: "crossing" })),
      trade(NOON, 70_500),
      trade(NOON + 60_001, 70_600),
    ]);
    await runStream(log, 0);
    // Of a stream that was killed before it committed: it had seen 71,500 already.
    const last = { trade: JSON.parse(String(trade(NOON + 62_000, 71_500).value)), high: 70_600, low: 70_500 };
    const numbers = {
      open: 70_600,
      high: 71_500,
      low: 70_600,
      close: 71_500,
      volume: 2,
      value: 142_100,
      trades: 2,
    };
    const candle = { symbol: "005930", start: NOON + 60_000, ...numbers, last: [last] };
    await log.append([{
      topic: "candles",
      key: "005930",
      value: encodeCandle(candle),
      timestamp: NOON + 60_000,
    }]);
    await log.append([trade(NOON + 61_000, 71_200)]);
    await runStream(log, 0);
    expect(await alertsIn(log)).toEqual([`crossing@${NOON}`]);
    await log.close();
  });
});

Deno.test("a rule for a market fires for the symbols that are listed there, where no reference was ever written", async () => {
  await withLog(async (open) => {
    const log = await open();
    const ofMarket = (id: string, market: "KOSPI" | "KOSDAQ") => ({
      ...ruleRecord(rule(id, { symbol: null, market })),
      placement: "005930",
    });
    await log.append([ofMarket("kospi", "KOSPI"), ofMarket("kosdaq", "KOSDAQ"), trade(NOON, 71_000)]);
    const alerts = await runStream(log, 0);
    expect(alerts.map(({ ruleId, symbol }) => [ruleId, symbol])).toEqual([["kospi", "005930"]]);
    await log.close();
  });
});

/** Ten candles of a minute before the one that forms, as an average of eleven reads them. */
const average = (id: string, comparator: "gte" | "lte") =>
  rule(id, {
    kind: "condition",
    comparator: null,
    value: null,
    conditions: [{ measure: "sma", params: [11, "1m"], comparator, value: 0 }],
  });

Deno.test("candles of the day before count for a rule that comes while the stream runs, and after a restart", async () => {
  await withLog(async (open) => {
    const log = await open();
    const day = 24 * HOUR;
    await log.append(Array.from({ length: 12 }, (_, minute) => trade(NOON + minute * 60_000, 71_000)));
    await runStream(log, 0);
    await log.append([trade(NOON + day, 71_100)]);
    await runStream(log, 0, async (stream) => {
      await caughtUp(log);
      await log.append([ruleRecord(average("live", "gte"))]);
      await stream.inForce([average("live", "gte")]);
      await log.append([trade(NOON + day + 1_000, 71_200)]);
      await alertsWritten(log, 1);
    });
    await log.append([ruleRecord(average("later", "lte")), trade(NOON + day + 60_000, 70_000)]);
    await runStream(log, 0);
    expect(await alertsIn(log)).toEqual([`live@${NOON + day}`, `later@${NOON + day}`]);
    await log.close();
  });
});
