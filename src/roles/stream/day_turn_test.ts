import { expect } from "expect";
import { referenceOf } from "../../../tests/support/references.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { appendRules, runUntilDone } from "../../../tests/support/stream_restarts.ts";
import { allRecords, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { engineModule } from "../../../tests/support/engine_module.ts";
import { within } from "../../../tests/support/gather.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { SymbolDirectory } from "../../market/directory.ts";
import { Stream } from "./stream.ts";
import type { EventLog, NewRecord, RecordBatch } from "../../ports/event_log.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { referenceRecord } from "../../books/reference_book.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { decodeReference } from "../../market/reference_codec.ts";
import { parseWhen } from "../../rules/when.ts";
import { InputIssues } from "../../rules/input_issues.ts";

/** 09:00 on a Monday in Seoul. */
const MONDAY = Date.parse("2026-11-23T09:00:00+09:00");
const DAY = 86_400_000;

function tradeRecord(day: number, price: number) {
  const eventTime = MONDAY + day * DAY;
  const trade = tradeOf({ eventTime, price, change: price - 10_000, open: price, high: price, low: price });
  return { topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: eventTime } as const;
}

Deno.test("a log that takes no references from the stream holds no alert back", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const refusing: EventLog = new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name !== "append") return typeof member === "function" ? member.bind(target) : member;
      return (records: readonly NewRecord[]) =>
        records.some(({ topic }) => topic === "reference")
          ? Promise.reject(new OutsideError("refused", "not authorized", { retryable: false }))
          : target.append(records);
    },
  });
  await appendRules(log, [ruleOf({ id: "price", value: "10800", repeat: "day" })]);
  await log.append([tradeRecord(0, 10_000), tradeRecord(1, 10_800), tradeRecord(2, 10_900)]);
  await runUntilDone(refusing);
  const alerts = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!).price);
  expect(alerts).toEqual([10_800, 10_900]);
});

Deno.test("measures of days go on from our own candles, from the first trade of a day on, through a crash as well", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const conditions = parseWhen("sma(3,1d) >= 3", "when", new InputIssues())!;
  await appendRules(log, [
    ruleOf({ id: "average", kind: "condition", comparator: null, value: null, conditions }),
  ]);
  await log.append([
    referenceRecord(referenceOf("005930", { date: "20261123" }), 0),
    tradeRecord(0, 10_000),
    tradeRecord(1, 10_400),
    // 3.85 % above the mean of the three.
    tradeRecord(2, 10_800),
  ]);
  await runUntilDone(log, true);
  const known = async () =>
    (await allRecords(log, "reference")).map(({ value }) => decodeReference(value!))
      .filter(({ symbol }) => symbol === "005930").map(({ date, candles }) => [
        date,
        candles.map(({ close }) => close),
      ]);
  const wanted = ["20261125", [10_000, 10_400]];
  expect((await known()).at(-1)).toEqual(wanted);
  const count = (await known()).length;
  await runUntilDone(log);
  expect(await known()).toHaveLength(count);
  const [alert] = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!));
  expect(alert).toMatchObject({ ruleId: "average", price: 10_800, eventTime: MONDAY + 2 * DAY });
  expect(alert?.conditions[0]?.measured).toBe("3.85");
});

/** The members of a log, some of them others. */
function logWith(log: EventLog, others: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(others, name) ?? Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function daily(date: string, ...closes: number[]): NewRecord {
  const candles = closes.map((close, at) => ({
    date: String(Number(date) - closes.length + at),
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
  }));
  return referenceRecord(referenceOf("005930", { date, candles }), 0);
}

function averageRule() {
  const conditions = parseWhen("sma(3,1d) >= 3", "when", new InputIssues())!;
  return ruleOf({
    id: "average",
    kind: "condition",
    comparator: null,
    value: null,
    conditions,
    repeat: "1m",
  });
}

Deno.test("a day's first trade finds what is known of that day, however far behind the reader of references is", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await appendRules(log, [averageRule()]);
  await log.append([daily("20261124", 10_000, 10_400), tradeRecord(0, 10_000), tradeRecord(1, 10_800)]);
  let restored = false;
  const behind = logWith(log, {
    read: (options) =>
      options.topic === "reference" && (!restored || options.to === undefined)
        ? untilAborted(options.signal)
        : log.read(options),
    joinRaw: (options) =>
      log.joinRaw({
        ...options,
        assigned: async (assignment) => {
          const task = await options.assigned(assignment);
          restored = true;
          return task;
        },
      }),
    bounds: (topic, partition) =>
      topic === "reference" && !restored
        ? Promise.resolve({ start: 0, end: 0 })
        : log.bounds(topic, partition),
  });
  await runUntilDone(behind);
  const alerts = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!).price);
  expect(alerts).toEqual([10_800]);
});

/** Yields nothing until the signal is aborted. */
async function* untilAborted(signal: AbortSignal | undefined): AsyncGenerator<RecordBatch> {
  if (signal === undefined || signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  yield* [];
}

Deno.test("what is known of the next day hides nothing of today, and is there when that day begins", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await appendRules(log, [averageRule()]);
  await log.append([daily("20261123", 10_000, 10_400)]);
  const read = Promise.withResolvers<void>();
  const watched = logWith(log, {
    read: (options) =>
      options.topic === "reference" && options.to === undefined
        ? noticed(log.read(options), read.resolve)
        : log.read(options),
  });
  const alerts: number[] = [];
  let fired = Promise.withResolvers<void>();
  const stop = new AbortController();
  const stream = new Stream({
    log: watched,
    module: await engineModule(),
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    onAlert: ({ price }) => {
      alerts.push(price);
      fired.resolve();
    },
  });
  const running = stream.run(stop.signal);
  const fires = async (record: NewRecord) => {
    fired = Promise.withResolvers<void>();
    await log.append([record]);
    await within(fired.promise, "an alert");
  };
  try {
    await fires(tradeRecord(0, 10_800));
    await log.append([daily("20261124", 10_000, 10_400, 20_000)]);
    await within(read.promise, "the reference to be read");
    await fires(tradeRecord(5 / 1_440, 10_900));
    await fires(tradeRecord(1, 30_000));
  } finally {
    stop.abort();
    await running;
  }
  expect(alerts).toEqual([10_800, 10_900, 30_000]);
});

/** The same batches; says when one has been taken. */
async function* noticed(
  batches: AsyncIterable<RecordBatch>,
  taken: () => void,
): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) {
    yield batch;
    taken();
  }
}
