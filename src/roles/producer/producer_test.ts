import { expect } from "expect";
import { ReplaySource } from "../../adapters/replay/replay_source.ts";
import { type Clock, systemClock, VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { decodeFrame } from "../../market/kis/frame.ts";
import { isMarketEvent } from "../../market/market_event.ts";
import type { Quote } from "../../market/quote.ts";
import { dateOf, hourOf } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import type { SourceEvent, TickSource } from "../../ports/tick_source.ts";
import { allRecords, allValues, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { encodeRule } from "../../rules/codec.ts";
import type { MeasureName } from "../../rules/measures.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { Producer } from "./producer.ts";
import { TimeMarks } from "./time_marks.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { until } from "../../../tests/support/until.ts";
import { Registry } from "prom-client";

const FILE = new URL("../../../tests/fixtures/kis_frames.txt", import.meta.url);
const LINES = (await Deno.readTextFile(FILE)).trim().split("\n");
const never = new AbortController().signal;
const encoder = new TextEncoder();

/** A source of what is given, for tests. */
class ListSource implements TickSource {
  readonly name = "list";
  wanted: (readonly string[])[] = [];
  statuses: ReadonlySet<string>[] = [];
  readonly #batches: readonly (readonly SourceEvent[])[];
  readonly #gate: Promise<void> | undefined;

  constructor(batches: readonly (readonly SourceEvent[])[], gate?: Promise<void>) {
    this.#batches = batches;
    this.#gate = gate;
  }

  async *events(signal: AbortSignal) {
    for (const batch of this.#batches) {
      if (signal.aborted) return;
      yield batch;
    }
    await this.#gate;
  }

  want(symbols: readonly string[], statuses: ReadonlySet<string> = new Set()): void {
    this.wanted.push(symbols);
    this.statuses.push(statuses);
  }

  status() {
    return { state: "open" as const, detail: "a list" };
  }
}

function frame(text: string): SourceEvent {
  return { type: "frame", bytes: encoder.encode(text), receivedAt: Date.parse("2026-03-10T10:15:13+09:00") };
}

/** A frame of a trade at a time. */
function frameAt(time: number): SourceEvent {
  const fields = (LINES[0] as string).replace("|003|", "|001|").split("^").slice(0, 46);
  const text = fields.with(1, hourOf(time)).with(33, dateOf(time)).join("^");
  return { type: "frame", bytes: encoder.encode(text), receivedAt: time };
}

function producer(
  log: EventLog,
  source: TickSource,
  symbols?: "rules" | readonly string[],
  clock: Clock = systemClock,
): Producer {
  return new Producer({ log, source, clock, random: () => 0, symbols });
}

/** The trades of the topic, without what stands between them. */
async function tradesIn(log: EventLog): Promise<Trade[]> {
  return (await allValues<Trade>(log, "trades")).filter((record) => record.kind === undefined);
}

Deno.test("frames of the recorded ones' shape give exactly the five trades and the quote written in them", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const source = new ReplaySource({ path: FILE.pathname, speed: Infinity, clock: systemClock });
  const role = producer(log, source);
  await role.run(never);
  const trades = (await tradesIn(log)).map((trade) => [
    trade.symbol,
    new Date(trade.eventTime).toISOString(),
    trade.price,
    trade.change,
    trade.rate,
    trade.volume,
    trade.accVolume,
  ]);
  expect(trades).toEqual([
    ["005930", "2026-03-10T01:15:12.000Z", 61950, 1150, 1.89, 3, 7305216],
    ["005930", "2026-03-10T01:15:12.001Z", 61900, 1100, 1.81, 4, 7305220],
    ["005930", "2026-03-10T01:15:12.002Z", 62000, 1200, 1.97, 70, 7305290],
    ["005930", "2024-06-11T00:40:54.000Z", 61900, -100, -0.16, 1, 2052507],
    // KIS's own example says down, +500 and -0.16: the sign decides.
    ["005930", "2024-06-11T00:40:54.001Z", 62000, -500, -0.16, 1, 2052507],
  ]);
  const quotes = await allValues<Quote>(log, "quotes");
  expect(quotes.map((quote) => [quote.asks[0], quote.bids[9], new Date(quote.eventTime).toISOString()]))
    .toEqual([
      [[67900, 165881], [66900, 114927], "2024-06-11T02:30:19.000Z"],
    ]);
  expect(await allRecords(log, "deadletter")).toEqual([]);
  const record = (await allRecords(log, "trades")).find(({ key }) => !key.startsWith("~"));
  expect(record?.key).toBe("005930");
  expect(record?.timestamp).toBe(Date.parse("2026-03-10T01:15:12.000Z"));
  expect(Number(record?.headers["ingest-time"])).toBeGreaterThan(1_700_000_000_000);
  expect([role.stats.trades, role.stats.quotes, role.stats.duplicates, role.stats.gapCount]).toEqual([
    5,
    1,
    0,
    0,
  ]);
});

Deno.test("a status stands on the trades topic in order with its symbol's trades, and each trade has its session", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const [first] = LINES as [string];
  const after = `${first.replace("|003|", "|001|").split("^").slice(0, 46).join("^")}^3`.replace(
    "^7305216^",
    "^7305999^",
  );
  const status = frame("0|H0STMKO0|001|005930^N^(null)^AB1^311^^^55^Y^");
  await producer(log, new ListSource([[frame(first), status, frame(after)]])).run(never);
  const all = await allValues<Record<string, unknown>>(log, "trades");
  const records = all.filter(({ kind }) => kind !== "time");
  expect(records.map(({ kind, marketSession, vi }) => [kind, marketSession, vi])).toEqual([
    [undefined, "regular", undefined],
    [undefined, "regular", undefined],
    [undefined, "regular", undefined],
    ["status", undefined, "Y"],
    [undefined, "after", undefined],
  ]);
  const record = (await allRecords(log, "trades")).find(({ key, value }) =>
    key === "005930" && isMarketEvent(value as Uint8Array)
  );
  expect([record?.key, record?.timestamp]).toEqual(["005930", Date.parse("2026-03-10T10:15:13+09:00")]);
  expect(new TextDecoder().decode(record?.value ?? undefined)).toMatch(
    /^\{"kind":"status","symbol":"005930",/,
  );
  expect(await allRecords(log, "deadletter")).toEqual([]);
});

Deno.test("of a recorded day stands on the topic what was recorded, and nothing else", async () => {
  await using temporary = await temporaryLog(4);
  const { log } = temporary;
  const [first] = LINES as [string];
  await producer(log, new ListSource([[frame(first)]])).run(never);
  const trades = await tradesIn(log);
  expect((await allRecords(log, "trades")).map(({ key }) => key)).toEqual(trades.map(({ symbol }) => symbol));
});

/** Its monotonic time has fractions, as a machine's has. */
class FineClock extends VirtualClock {
  override monotonic(): number {
    return super.monotonic() + (super.now() % 7) / 16 - 0.5;
  }
}

Deno.test("in market hours time passes each second in partitions in which nothing is traded", async () => {
  await using temporary = await temporaryLog(4);
  const { log } = temporary;
  const gate = Promise.withResolvers<void>();
  const now = Date.now();
  const clock = new FineClock(now);
  const live = Object.assign(new ListSource([[frameAt(now)]], gate.promise), { inSession: () => true });
  const role = producer(log, live, undefined, clock);
  const running = role.run(never);
  const marks = async () =>
    (await allRecords(log, "trades")).filter(({ value }) => isMarketEvent(value as Uint8Array));
  await until(async () => {
    await clock.advance(1_000);
    return (await marks()).length >= 9;
  });
  for (const { timestamp } of await marks()) {
    expect(timestamp).toBeGreaterThanOrEqual(now - 2_000);
    expect(timestamp).toBeLessThanOrEqual(clock.now() - 2_000);
    // Kafka's client writes no fractions.
    expect(Number.isInteger(timestamp)).toBe(true);
  }
  for (const partition of [0, 1, 2, 3]) {
    const [one, two] = (await marks()).filter((mark) => mark.partition === partition);
    expect((two?.timestamp as number) - (one?.timestamp as number)).toBeGreaterThanOrEqual(900);
  }
  gate.resolve();
  await running;
  expect(role.stats.trades).toBe(1);
});

Deno.test("a feed that plays another day, or has not spoken today, gets no marks of today", async () => {
  await using temporary = await temporaryLog(2);
  const gate = Promise.withResolvers<void>();
  const source = new ListSource([[frame(LINES[0] as string)]], gate.promise);
  const clock = new VirtualClock(Date.now());
  const role = producer(temporary.log, Object.assign(source, { inSession: () => true }), undefined, clock);
  const running = role.run(never);
  await until(() => role.stats.trades === 3);
  await clock.advance(10_000);
  gate.resolve();
  await running;
  expect((await allRecords(temporary.log, "trades")).length).toBe(3);
});

Deno.test("statuses among replayed trades go on, time marks and what is not known do not", async () => {
  await using temporary = await temporaryLog();
  const lines = [
    '{"kind":"status","symbol":"005930","eventTime":1764115200123,"halted":"N","vi":"Y"}',
    '{"kind":"time","eventTime":1764115200123}',
    '{"kind":"new","x":1}',
    '{"kind":"status","symbol":"5930"}',
  ];
  const events = lines.map((line) => ({
    type: "trade" as const,
    bytes: encoder.encode(line),
    receivedAt: 1_764_115_200_123,
  }));
  await producer(temporary.log, new ListSource([events])).run(never);
  expect(await allValues(temporary.log, "trades")).toEqual([JSON.parse(lines[0] as string)]);
  const letters = await allRecords(temporary.log, "deadletter");
  expect(letters.map((letter) => letter.headers.code)).toEqual(["bad_event"]);
});

Deno.test("a partition in which something was written needs no mark", () => {
  const times = new TimeMarks(3);
  times.wrote(
    [{ topic: "trades", partition: 1, offset: 0 }, { topic: "quotes", partition: 2, offset: 0 }],
    1_000,
  );
  const marks = times.marks({ eventTime: 500, since: 1_000, now: 1_500 });
  expect(marks.map(({ key }) => partitionOfKey(key, 3))).toEqual([0, 2]);
});

Deno.test("what a frame looked like is counted: widths, what was left out, codes that no rule names", async () => {
  await using temporary = await temporaryLog();
  const [first] = LINES as [string];
  const fields = first.replace("|003|", "|001|").split("^").slice(0, 46);
  const wide = `${fields.with(13, "7305999").with(6, "x").join("^")}^2^new`;
  const other = fields.join("^").replace("|005930", "|J0036221D");
  const registry = new Registry();
  const source = new ListSource([[frame(first), frame(wide), frame(other)]]);
  await new Producer({ log: temporary.log, source, clock: systemClock, random: () => 0, registry }).run(
    never,
  );
  const text = await registry.metrics();
  expect(text).toContain('tickbell_producer_frame_width_fields{tr="H0STCNT0"} 46');
  expect(text).toContain('tickbell_producer_frame_width_changes_total{tr="H0STCNT0"} 2');
  expect(text).toContain('tickbell_producer_fields_left_out_total{field="WGHN_AVRG_STCK_PRC"} 1');
  expect(text).toContain("tickbell_producer_other_codes_total 1");
  expect((await tradesIn(temporary.log)).at(-1)).toMatchObject({ marketSession: "regular", field48: "new" });
  expect(await allRecords(temporary.log, "deadletter")).toEqual([]);
});

Deno.test("after a restart nothing the log has is published again, and times go on within the second", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const [first] = LINES as [string];
  await producer(log, new ListSource([[frame(first)]])).run(never);
  const next = decodeFrame(encoder.encode(first), 0).trades[2] as Trade;
  const later = first.split("|").slice(0, 2).join("|") + "|001|" +
    first.split("|")[3]?.split("^").slice(92).join("^").replace("^70^7305290^", "^7^7305297^");
  const role = producer(log, new ListSource([[frame(first), frame(later)]]));
  await role.run(never);
  expect(role.stats.duplicates).toBe(3);
  const trades = await tradesIn(log);
  expect(trades.length).toBe(4);
  expect(trades[3]).toMatchObject({ accVolume: 7305297, volume: 7, eventTime: next.eventTime + 3 });
});

Deno.test("what cannot be read is dead-lettered with its bytes, and the next is published", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const [first] = LINES as [string];
  const bad = first.replace("^1.89^", "^one^");
  const json: SourceEvent = { type: "trade", bytes: encoder.encode('{"symbol":5930}'), receivedAt: 0 };
  const role = producer(log, new ListSource([[frame(bad), json, frame("0|H0STCNT0|x"), frame(first)]]));
  await role.run(never);
  const letters = await allRecords(log, "deadletter");
  expect(letters.map((letter) => letter.headers.code)).toEqual(["bad_field", "bad_trade", "not_a_frame"]);
  expect(letters[0]?.headers.reason).toContain(
    'PRDY_CTRT: must be a decimal with at most 2 places, got "one"',
  );
  expect(letters[0]?.headers).toMatchObject({ role: "producer", origin: "list" });
  expect(new TextDecoder().decode(letters[1]?.value ?? undefined)).toBe('{"symbol":5930}');
  // Two records of the bad frame and one of the good one: the others are known already.
  expect(role.stats.trades).toBe(3);
  expect([...role.stats.refusals.values()].map((refused) => refused.count)).toEqual([1, 1, 1]);
});

Deno.test("a jump of the cumulative volume is counted as a gap of its symbol", async () => {
  await using temporary = await temporaryLog();
  const [first] = LINES as [string];
  const source = new ListSource([[frame(first), frame(first.replace("^3^7305216^", "^3^7305500^"))], [
    { type: "gap", reason: "connection lost", symbols: ["000660"], at: 1 },
  ]]);
  const role = producer(temporary.log, source);
  await role.run(never);
  expect(role.stats.gaps.map(({ symbol, missedVolume }) => [symbol, missedVolume])).toEqual([
    ["005930", 207],
    ["000660", 0],
  ]);
});

/** A log whose appends of market data fail a few times first. */
function failing(log: EventLog, failures: OutsideError[]): EventLog & { appends: number } {
  return Object.assign(Object.create(log) as EventLog, {
    appends: 0,
    partitions: log.partitions.bind(log),
    bounds: log.bounds.bind(log),
    read: log.read.bind(log),
    append(this: { appends: number }, records: readonly NewRecord[]) {
      if (records[0]?.topic === "status") return log.append(records);
      this.appends++;
      const failure = failures.shift();
      return failure === undefined ? log.append(records) : Promise.reject(failure);
    },
  });
}

Deno.test("a log that is away is tried again until it is back, with nothing lost and the order kept", async () => {
  await using temporary = await temporaryLog();
  const away = () => new OutsideError("log_away", "the broker cannot be reached", { retryable: true });
  const log = failing(temporary.log, [away(), away(), away()]);
  const role = producer(log, new ListSource(LINES.slice(0, 2).map((line) => [frame(line)])));
  await role.run(never);
  expect(role.stats.retries).toBe(3);
  expect((await tradesIn(temporary.log)).map((trade) => trade.price)).toEqual([
    61950,
    61900,
    62000,
    61900,
    62000,
  ]);
});

Deno.test("a log that refuses for good ends the role with its error", async () => {
  await using temporary = await temporaryLog();
  const refused = new OutsideError("too_large", "the record is too large", { retryable: false });
  const log = failing(temporary.log, [refused]);
  await expect(producer(log, new ListSource([[frame(LINES[0] as string)]])).run(never)).rejects.toThrow(
    "too large",
  );
});

Deno.test("a stop while the log is away still publishes what came before it", async () => {
  await using temporary = await temporaryLog();
  const stop = new AbortController();
  const away = () => new OutsideError("log_away", "the broker cannot be reached", { retryable: true });
  const log = failing(temporary.log, [away(), away(), away(), away()]);
  const release = Promise.withResolvers<void>();
  const source = new ListSource([[frame(LINES[0] as string)]], release.promise);
  const role = producer(log, source);
  const running = role.run(stop.signal);
  await until(() => role.stats.retries > 0, "a failed write");
  stop.abort();
  release.resolve();
  await running;
  expect(log.appends).toBe(5);
  expect((await allRecords(temporary.log, "trades")).length).toBe(3);
});

Deno.test("after a stop a log that is slow, but takes them, gets all records that came before it", async () => {
  await using temporary = await temporaryLog();
  const began = Date.parse("2026-03-10T09:10:00+09:00");
  const clock = new VirtualClock(began);
  const stop = new AbortController();
  const slow = failing(temporary.log, []);
  const { append } = slow;
  slow.append = async (records) => {
    if (records[0]?.topic === "trades") {
      stop.abort();
      await clock.advance(4_000);
    }
    return await append.call(slow, records);
  };
  const frames = Array.from({ length: 3_000 }, (_, second) => frameAt(began + second * 1_000));
  const release = Promise.withResolvers<void>();
  stop.signal.addEventListener("abort", () => release.resolve());
  await producer(slow, new ListSource([frames], release.promise), undefined, clock).run(stop.signal);
  expect((await tradesIn(temporary.log)).length).toBe(3_000);
});

function rule(id: string, symbol: string, enabled = true): NewRecord {
  const value = encodeRule(ruleOf({ id, symbol, value: "1", enabled }));
  return { topic: "rules", key: id, placement: symbol, value, timestamp: 1 };
}

Deno.test("the symbols that rules name are asked of the source, a new one within a second", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  await log.append([
    rule("a", "005930"),
    rule("b", "000660"),
    rule("c", "005930"),
    rule("d", "035420", false),
  ]);
  const release = Promise.withResolvers<void>();
  const source = new ListSource([], release.promise);
  const stop = new AbortController();
  const running = producer(log, source, "rules").run(stop.signal);
  const announced = async (count: number) => {
    await until(() => source.wanted.length >= count, `${count} lists of symbols`);
    return source.wanted[count - 1];
  };
  expect(await announced(1)).toEqual(["005930", "000660"]);
  const began = Date.now();
  await log.append([rule("e", "035720")]);
  expect(await announced(2)).toEqual(["005930", "000660", "035720"]);
  expect(Date.now() - began).toBeLessThan(1000);
  await log.append([{ topic: "rules", key: "e", placement: "035720", value: null, timestamp: 2 }]);
  expect(await announced(3)).toEqual(["005930", "000660"]);
  stop.abort();
  release.resolve();
  await running;
});

Deno.test("halts are asked for where a rule is about them, whether or not the symbols are given", async () => {
  const about = (id: string, symbol: string, measure: MeasureName) => {
    const condition = { measure, params: [], comparator: "gte", value: 1 } as const;
    const plain = { kind: "condition", comparator: null, value: null } as const;
    const value = encodeRule(ruleOf({ id, symbol, ...plain, conditions: [condition] }));
    return { topic: "rules" as const, key: id, placement: symbol, value, timestamp: 1 };
  };
  for (const symbols of ["rules", ["005930", "000660"]] as const) {
    await using temporary = await temporaryLog();
    await temporary.log.append([about("a", "005930", "vi"), about("b", "000660", "price")]);
    const release = Promise.withResolvers<void>();
    const source = new ListSource([], release.promise);
    const running = producer(temporary.log, source, symbols).run(never);
    await until(() => (source.statuses.at(-1)?.size ?? 0) > 0);
    expect([...source.statuses.at(-1) ?? []]).toEqual(["005930"]);
    expect(source.wanted.at(-1)?.toSorted()).toEqual(["000660", "005930"]);
    release.resolve();
    await running;
  }
});

Deno.test("the metrics count by symbol and examine the source when they are scraped", async () => {
  await using temporary = await temporaryLog();
  const registry = new Registry();
  const [first] = LINES as [string];
  const source = new ListSource([[
    frame(first),
    frame(first),
    frame(first.replace("^3^7305216^", "^3^7305500^")),
  ]]);
  const parts = { log: temporary.log, source, clock: systemClock, random: () => 0, registry };
  await new Producer(parts).run(never);
  const text = await registry.metrics();
  expect(text).toContain('tickbell_producer_published_records_total{topic="trades"} 4');
  expect(text).toContain("tickbell_producer_duplicates_total 5");
  expect(text).toContain('tickbell_producer_missed_volume_shares_total{symbol="005930"} 207');
  expect(text).toContain("tickbell_producer_source_open 1");
});

Deno.test("a trade of today within a file of an earlier day is far ahead there, though the clock has come to it", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const [first] = LINES as [string];
  const receivedAt = Date.parse("2026-03-10T15:30:00+09:00");
  const now = Date.parse("2026-03-12T15:30:00+09:00");
  const odd = { ...frame(first.replaceAll("^20260310^", "^20260312^")), receivedAt };
  const source = new ListSource([[odd, { ...frame(first), receivedAt }]]);
  await new Producer({ log, source, clock: new VirtualClock(now), random: () => 0 }).run(never);
  expect((await tradesIn(log)).length).toBe(3);
  const letters = await allRecords(log, "deadletter");
  expect(letters.map((letter) => letter.headers.code)).toEqual(Array(3).fill("future_event_time"));
});

Deno.test("a trade from the far future is dead-lettered: it would make all that follow late", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const [first] = LINES as [string];
  const role = producer(
    log,
    new ListSource([[frame(first.replaceAll("^20260310^", "^20890310^")), frame(first)]]),
  );
  await role.run(never);
  expect((await tradesIn(log)).length).toBe(3);
  const letters = await allRecords(log, "deadletter");
  expect(letters.map((letter) => letter.headers.code)).toEqual(Array(3).fill("future_event_time"));
});
