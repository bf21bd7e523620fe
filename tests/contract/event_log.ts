import { until } from "../support/until.ts";
import { expect } from "expect";
import { OutsideError } from "../../src/core/errors.ts";
import { partitionOfKey } from "../../src/core/murmur2.ts";
import {
  type Assignment,
  type EventLog,
  type LogRecord,
  MAX_RECORD_BYTES,
  type NewRecord,
  type Position,
  type RawBatch,
  type RecordBatch,
  type Topic,
} from "../../src/ports/event_log.ts";
import { partitionsOf, TOPICS } from "../../src/ports/topics.ts";
import { Gatherer, place, texts, within } from "../support/gather.ts";
import { decodeRaw } from "../support/raw_records.ts";
import { packOf } from "../support/record_pack.ts";

/** A log that is empty, with {@link PARTITIONS} partitions a topic. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens it again on the same records. */
  reopen(): Promise<EventLog>;
  /**
   * Removes the records before an offset, as retention does.
   *
   * @returns the log to go on with.
   */
  forget(topic: Topic, partition: number, before: number): Promise<EventLog>;
  close(): Promise<void>;
}

/** The partitions of each topic that is spread by symbol. */
export const PARTITIONS = 3;

/** Registers a test; `Deno.test` or a `partTest`. */
export type Register = (name: string, body: () => Promise<void>) => void;

const SYMBOLS = ["005930", "000660", "035720", "Q500001", "068270", "207940", "051910", "005380"];
const T0 = 1_764_115_200_000;

/** What every event log must do; each adapter runs all of it. */
export function eventLogContract(
  adapter: string,
  open: () => Promise<LogUnderTest>,
  register: Register = (name, body) => Deno.test(name, body),
): void {
  const check = (name: string, body: (under: LogUnderTest, log: EventLog) => Promise<void>) =>
    register(`event log on ${adapter}: ${name}`, async () => {
      const under = await open();
      try {
        await body(under, under.log);
      } finally {
        await under.close();
      }
    });

  check("places records by murmur2 and keeps symbols together", async (_, log) => {
    for (const topic of TOPICS) {
      expect([topic, await log.partitions(topic)]).toEqual([topic, partitionsOf(topic, PARTITIONS)]);
    }
    for (const symbol of SYMBOLS) {
      const partition = partitionOfKey(symbol, PARTITIONS);
      expect(await log.partitionOf("trades", symbol)).toBe(partition);
      const positions = await log.append([
        trade(symbol, 1),
        { topic: "rules", key: `rule-of-${symbol}`, placement: symbol, value: "{}", timestamp: T0 },
        { topic: "alerts", key: symbol, value: "{}", timestamp: T0 },
        { topic: "deadletter", key: symbol, value: "x", timestamp: T0 },
      ]);
      expect(positions.map(place)).toEqual([
        `trades/${partition}`,
        `rules/${partition}`,
        `alerts/${partition}`,
        "deadletter/0",
      ]);
    }
    expect(await log.append([])).toEqual([]);
    expect(log.health().ok).toBe(true);
  });

  check("takes and gives back a record on every topic, to who follows it too", async (_, log) => {
    const stop = new AbortController();
    const found = TOPICS.map(async (topic) => {
      const partition = await log.partitionOf(topic, "005930");
      for await (const batch of log.read({ topic, partition, from: 0, signal: stop.signal })) {
        return batch.records.map(({ key, topic }) => `${topic} ${key}`);
      }
    });
    await log.append(TOPICS.map((topic) => ({ topic, key: "005930", value: "{}", timestamp: T0 })));
    const read = await within(Promise.all(found), "a record of each topic");
    stop.abort();
    expect(read).toEqual(TOPICS.map((topic) => [`${topic} 005930`]));
  });

  check("keeps the order of calls, awaited or not, and answers in the order given", async (_, log) => {
    const calls = Array.from(
      { length: 50 },
      (_, call) => log.append(SYMBOLS.map((symbol) => trade(symbol, call))),
    );
    const positions = await within(Promise.all(calls), "the appends");
    for (const answered of positions) {
      const expected = SYMBOLS.map((symbol) => partitionOfKey(symbol, PARTITIONS));
      expect(answered.map((position) => position.partition)).toEqual(expected);
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = await readAll(log, "trades", partition);
      const offsets = records.map((record) => record.offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      for (const symbol of SYMBOLS.filter((name) => partitionOfKey(name, PARTITIONS) === partition)) {
        const order = records.filter((record) => record.key === symbol).map((record) => text(record));
        expect(order).toEqual(calls.map((_, call) => `${symbol} ${call}`));
      }
    }
    const [first] = positions[0] ?? [];
    const [found] = await readAll(log, "trades", first?.partition ?? -1, first?.offset);
    expect(found && text(found)).toBe(`${SYMBOLS[0]} 0`);
  });

  check("takes a pack of records, in order with what is appended around it", async (_, log) => {
    const partition = await log.partitionOf("candles", "005930");
    const record = (value: string, timestamp: number): NewRecord => (
      { topic: "candles", key: "005930", value, timestamp, headers: { at: value } }
    );
    const packed = Array.from(
      { length: 300 },
      (_, each) => record(`packed ${each}`, T0 - 60_000 * (each % 3)),
    );
    const [[before], first, [after]] = await within(
      Promise.all([
        log.append([record("before", T0)]),
        log.appendPack({ topic: "candles", partition }, packOf(packed)),
        log.append([record("after", T0)]),
      ]),
      "the appends",
    );
    expect(first.offset).toBeGreaterThan(before!.offset);
    expect(after!.offset).toBeGreaterThanOrEqual(first.offset + packed.length);
    const read = await readAll(log, "candles", partition);
    const found = read.map(({ key, timestamp, headers, value }) => [
      key,
      timestamp,
      headers.at,
      new TextDecoder().decode(value ?? undefined),
    ]);
    const wanted = [record("before", T0), ...packed, record("after", T0)];
    expect(found).toEqual(wanted.map(({ key, timestamp, value }) => [key, timestamp, value, value]));
    expect(read[1]?.offset).toBe(first.offset);
  });

  check("gives back keys, values, timestamps and headers as they were", async (_, log) => {
    const records: NewRecord[] = [
      {
        topic: "deadletter",
        key: "글자",
        value: "한글 값 🙂",
        timestamp: T0,
        headers: { reason: "이유", at: "1" },
      },
      { topic: "deadletter", key: "bytes", value: new Uint8Array([0, 255, 128, 10]), timestamp: T0 + 1 },
      { topic: "deadletter", key: "empty", value: "", timestamp: 0 },
      { topic: "deadletter", key: "null", value: null, timestamp: T0 + 2 },
      { topic: "deadletter", key: "", value: "no key", timestamp: T0 + 3 },
    ];
    await log.append(records);
    const read = await readAll(log, "deadletter", 0);
    expect(read.map((record) => record.key)).toEqual(records.map((record) => record.key));
    expect(read.map((record) => record.timestamp)).toEqual(records.map((record) => record.timestamp));
    expect(read.map((record) => record.headers)).toEqual(records.map((record) => record.headers ?? {}));
    const values = read.map((record) => record.value && [...record.value]);
    expect(values).toEqual(
      records.map(({ value }) =>
        typeof value === "string" ? [...new TextEncoder().encode(value)] : value && [...value]
      ),
    );
  });

  check("takes big values and refuses too big ones before anything is written", async (_, log) => {
    const big = new Uint8Array(MAX_RECORD_BYTES - 16).map((_, at) => at * 31);
    await log.append([{ topic: "deadletter", key: "big", value: big, timestamp: T0 }]);
    const refused = log.append([
      { topic: "deadletter", key: "small", value: "x", timestamp: T0 },
      { topic: "deadletter", key: "huge", value: new Uint8Array(MAX_RECORD_BYTES + 1), timestamp: T0 },
    ]);
    await expect(refused).rejects.toMatchObject({ code: "record_too_large", retryable: false });
    const read = await readAll(log, "deadletter", 0);
    expect(read.map((record) => record.key)).toEqual(["big"]);
    expect(read[0]?.value?.every((byte, at) => byte === big[at])).toBe(true);
  });

  check("gives the same records raw and decoded", async (_, log) => {
    for (let round = 0; round < 4; round++) {
      await log.append(SYMBOLS.map((symbol) => trade(symbol, round)));
      await log.append([{ topic: "trades", key: "005930", value: null, timestamp: T0, headers: { a: "b" } }]);
    }
    const decoded = new Gatherer<RecordBatch>({ commits: false });
    const raw = new Gatherer<RawBatch>({ commits: false });
    const members = [
      await log.join(decoded.options("decoded", ["trades"])),
      await log.joinRaw(raw.options("raw", ["trades"])),
    ];
    const count = 4 * (SYMBOLS.length + 1);
    const total = () => decoded.batches.reduce((sum, batch) => sum + batch.records.length, 0);
    await decoded.until(() => total() === count, "the decoded records");
    await raw.until(() => raw.batches.flatMap(decodeRaw).length === count, "the raw records");
    await Promise.all(members.map((member) => member.leave()));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const mine = <B extends { partition: number }>(batches: B[]) =>
        batches.filter((batch) => batch.partition === partition);
      const plain = mine(decoded.batches).flatMap((batch) => batch.records);
      const undecoded = mine(raw.batches).flatMap(decodeRaw);
      expect(undecoded).toEqual(
        plain.map(({ offset, value }) => ({ offset, value: value && value.slice() })),
      );
      expect(mine(raw.batches).at(-1)?.nextOffset).toBe((plain.at(-1)?.offset ?? -2) + 1);
      for (const batch of mine(raw.batches)) expect(batch.fromOffset).toBeLessThan(batch.nextOffset);
    }
  });

  check(
    "a raw batch knows when its records arrived: by their header, else by their timestamp",
    async (_, log) => {
      await log.append(Array.from({ length: 30 }, (_, at) => ({
        ...trade("005930", at),
        headers: { b: "", "ingest-time": at % 2 === 0 ? String(T0 + 1_000 + at) : "soon" },
      })));
      const raw = new Gatherer<RawBatch>({ commits: false });
      const member = await log.joinRaw(raw.options("raw", ["trades"]));
      await raw.until(() => raw.batches.flatMap(decodeRaw).length === 30, "the records");
      await member.leave();
      const arrivals = raw.batches.flatMap((batch) =>
        decodeRaw(batch).map(({ offset }) => batch.arrivalOf?.(offset))
      );
      expect(arrivals).toEqual(
        Array.from({ length: 30 }, (_, at) => at % 2 === 0 ? T0 + 1_000 + at : T0 + at),
      );
    },
  );

  check("raw batches resume at the committed offset", async (_, log) => {
    await log.append(Array.from({ length: 20 }, (_, at) => trade("005930", at)));
    const partition = partitionOfKey("005930", PARTITIONS);
    const first = new Gatherer<RawBatch>({ commits: false });
    const before = await log.joinRaw(first.options("raw", ["trades"]));
    await first.until(() => first.batches.flatMap(decodeRaw).length === 20, "the records");
    const [record] = first.batches.flatMap(decodeRaw).slice(7);
    const owner = first.assignments.find((assignment) => assignment.partition === partition);
    await owner?.commit({ offset: record?.offset ?? -1, metadata: "in the middle" });
    await before.leave();
    const second = new Gatherer<RawBatch>({ commits: false });
    const after = await log.joinRaw(second.options("raw", ["trades"]));
    await second.until(() => second.batches.flatMap(decodeRaw).length >= 13, "the rest");
    await after.leave();
    const values = second.batches.flatMap(decodeRaw).map(({ value }) =>
      new TextDecoder().decode(value ?? undefined)
    );
    expect(values).toEqual(Array.from({ length: 13 }, (_, at) => `005930 ${at + 7}`));
  });

  check("keeps the newest record of a key on compacted topics", async (_, log) => {
    for (const version of [1, 2, 3]) {
      await log.append(
        ["a", "b", "c"].map((key) => rule(key, version === 3 && key === "b" ? null : `${key}${version}`)),
      );
    }
    const newest = new Map<string, string>();
    const partition = partitionOfKey("005930", PARTITIONS);
    const { end } = await log.bounds("rules", partition);
    for (const record of await readAll(log, "rules", partition, 0, end)) newest.set(record.key, text(record));
    newest.forEach((value, key) => value === "null" && newest.delete(key));
    expect(Object.fromEntries(newest)).toEqual({ a: "a3", c: "c3" });
  });

  check("hands a record out again until its offset is committed", async (_, log) => {
    await log.append(SYMBOLS.map((symbol) => trade(symbol, 0)));
    const all = (gatherer: Gatherer<RecordBatch>) => Object.values(texts(gatherer.batches)).flat().sort();
    const everything = SYMBOLS.map((symbol) => `${symbol} 0`).sort();
    for (const commits of [false, true]) {
      const gatherer = new Gatherer<RecordBatch>({ commits });
      const member = await log.join(gatherer.options("group", ["trades"]));
      await gatherer.until(() => all(gatherer).length === SYMBOLS.length, "all records");
      expect(all(gatherer)).toEqual(everything);
      expect(gatherer.assignments.every((assignment) => assignment.committed === null)).toBe(true);
      await member.leave();
    }
    const third = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join(third.options("group", ["trades"]));
    await log.append([trade("005930", 1)]);
    await third.until(() => third.batches.length > 0, "the new record");
    expect(all(third)).toEqual(["005930 1"]);
    await member.leave();
  });

  check("keeps what a group commits, with its note, across a reopening", async (under, log) => {
    await log.append(SYMBOLS.map((symbol) => trade(symbol, 0)));
    expect(await log.committed("noted", "trades", 0)).toBe(null);
    const gatherer = new Gatherer<RecordBatch>({ commits: false });
    const member = await log.join(gatherer.options("noted", ["trades"]));
    await gatherer.until(() => gatherer.assignments.length === PARTITIONS, "the assignments");
    const metadata = `{"restoreFrom":7,"note":"${"é".repeat(1500)}"}`;
    const owner = gatherer.assignments.find((assignment) => assignment.partition === 0);
    await owner?.commit({ offset: 1, metadata });
    await member.leave();
    const again = await under.reopen();
    expect(await again.committed("noted", "trades", 0)).toEqual({ offset: 1, metadata });
    expect(await again.committed("other", "trades", 0)).toBe(null);
    const later = new Gatherer<RecordBatch>({ commits: false });
    const second = await again.join(later.options("noted", ["trades"]));
    await later.until(() => later.assignments.length === PARTITIONS, "the assignments");
    const given = later.assignments.find((assignment) => assignment.partition === 0);
    expect(given?.committed).toEqual({ offset: 1, metadata });
    await second.leave();
    expect((await readAll(again, "trades", partitionOfKey("005930", PARTITIONS))).length).toBeGreaterThan(0);
  });

  check("takes commits until revoke has ended, and refuses them afterwards", async (_, log) => {
    await log.append([trade("005930", 0)]);
    const kept: Assignment[] = [];
    const member = await log.join({
      group: "late",
      topics: ["trades"],
      assigned: (assignment) => {
        kept.push(assignment);
        return Promise.resolve({
          handle: () => Promise.resolve(),
          revoke: async () => {
            expect(assignment.signal.aborted).toBe(true);
            await assignment.commit({ offset: 1, metadata: "in revoke" });
          },
        });
      },
    });
    await within(poll(() => kept.length === PARTITIONS), "the assignments");
    await within(member.leave(), "leaving");
    expect(await log.committed("late", "trades", 0)).toEqual({ offset: 1, metadata: "in revoke" });
    for (const assignment of kept) {
      await expect(assignment.commit({ offset: 2, metadata: "late" })).rejects.toMatchObject({
        code: "not_assigned",
      });
    }
    expect(await log.committed("late", "trades", 0)).toEqual({ offset: 1, metadata: "in revoke" });
  });

  check(
    "shares partitions between two members, together for each symbol, and gives them back",
    async (_, log) => {
      const topics = ["trades", "alerts"] as const;
      const everything = topics.flatMap((topic) =>
        Array.from({ length: PARTITIONS }, (_, partition) => `${topic}/${partition}`)
      ).sort();
      const first = new Gatherer<RecordBatch>({ commits: true });
      const second = new Gatherer<RecordBatch>({ commits: true });
      const one = await log.join(first.options("shared", topics));
      await first.until(() => first.owned.length === everything.length, "everything for one member");
      const two = await log.join(second.options("shared", topics));
      await second.until(() => second.owned.length > 0, "a share for the second member");
      await first.until(
        () => [...first.owned, ...second.owned].sort().join() === everything.join(),
        "everything shared out",
      );
      expect(first.owned.length).toBeGreaterThan(0);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const owners = topics.map((topic) => first.owned.includes(`${topic}/${partition}`));
        expect(owners).toEqual([owners[0], owners[0]]);
      }
      await log.append(SYMBOLS.map((symbol) => trade(symbol, 0)));
      const seen = () => [first, second].flatMap((one) => Object.values(texts(one.batches)).flat());
      await Promise.race(
        [first, second].map((one) => one.until(() => seen().length >= SYMBOLS.length, "the records")),
      );
      expect(seen().sort()).toEqual(SYMBOLS.map((symbol) => `${symbol} 0`).sort());
      expect(one.assignments.map(place).sort()).toEqual(first.owned);
      await one.leave();
      await second.until(() => second.owned.length === everything.length, "everything back with one member");
      expect(first.owned).toEqual([]);
      await two.leave();
    },
  );

  check("leaves cleanly: every partition revoked once, handle first, done resolved", async (_, log) => {
    await log.append(SYMBOLS.map((symbol) => trade(symbol, 0)));
    const events: string[] = [];
    const busy = Promise.withResolvers<void>();
    const member = await log.join({
      group: "leaving",
      topics: ["trades"],
      assigned: ({ partition, signal }) =>
        Promise.resolve({
          handle: async () => {
            busy.resolve();
            // Retried until the partition is taken away.
            if (!signal.aborted) {
              await new Promise<void>((go) => signal.addEventListener("abort", () => go(), { once: true }));
            }
            events.push(`handled ${partition}`);
          },
          revoke: () => {
            events.push(`revoked ${partition}`);
            return Promise.resolve();
          },
        }),
    });
    await within(busy.promise, "a batch");
    await within(member.leave(), "leaving");
    await within(member.done, "done");
    await member.leave();
    expect(member.assignments).toEqual([]);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(events.filter((event) => event === `revoked ${partition}`).length).toBeLessThanOrEqual(1);
      const handled = events.indexOf(`handled ${partition}`);
      if (handled >= 0) expect(events.indexOf(`revoked ${partition}`)).toBeGreaterThan(handled);
    }
    expect(events.some((event) => event.startsWith("handled"))).toBe(true);
  });

  check("ends a member whose task throws, and gives its partitions to others", async (_, log) => {
    await log.append([trade("005930", 0)]);
    let revoked = 0;
    const failing = await log.join({
      group: "failing",
      topics: ["trades"],
      assigned: () =>
        Promise.resolve({
          handle: () => Promise.reject(new Error("a bug in the task")),
          revoke: () => {
            revoked++;
            return Promise.resolve();
          },
        }),
    });
    await expect(within(failing.done, "the member to end")).rejects.toThrow("a bug in the task");
    expect(revoked).toBeGreaterThan(0);
    expect(failing.assignments).toEqual([]);
    const next = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join(next.options("failing", ["trades"]));
    await next.until(() => Object.values(texts(next.batches)).flat().length === 1, "the record");
    await member.leave();
  });

  check("does not let one partition's slow start delay the others", async (_, log) => {
    await log.append(SYMBOLS.map((symbol) => trade(symbol, 0)));
    const slow = partitionOfKey("005930", PARTITIONS);
    const gate = Promise.withResolvers<void>();
    const gatherer = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join({
      group: "slow",
      topics: ["trades"],
      assigned: async (assignment) => {
        if (assignment.partition === slow) await gate.promise;
        return gatherer.task(assignment);
      },
    });
    const others = SYMBOLS.filter((symbol) => partitionOfKey(symbol, PARTITIONS) !== slow);
    await gatherer.until(
      () => Object.values(texts(gatherer.batches)).flat().length === others.length,
      "the other partitions' records",
    );
    // New records come through while the slow one is still starting.
    await log.append(others.map((symbol) => trade(symbol, 1)));
    await gatherer.until(
      () => Object.values(texts(gatherer.batches)).flat().length === 2 * others.length,
      "the other partitions' new records",
    );
    expect(texts(gatherer.batches)[`trades/${slow}`]).toBe(undefined);
    gate.resolve();
    await gatherer.until(() => `trades/${slow}` in texts(gatherer.batches), "the slow partition's records");
    await member.leave();
  });

  check("calls idle while there is nothing to read", async (_, log) => {
    const gatherer = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join(gatherer.options("idle", ["trades"]));
    await gatherer.until(() => gatherer.idles >= PARTITIONS, "idle calls", 8000);
    await member.leave();
  });

  check("reads from an offset, to an offset, and beyond what is there", async (_, log) => {
    const positions = await log.append(Array.from({ length: 10 }, (_, at) => trade("005930", at)));
    const partition = positions[0]?.partition ?? -1;
    const at = (index: number) => positions[index]?.offset ?? -1;
    const { start, end } = await log.bounds("trades", partition);
    expect([start, end]).toEqual([at(0), at(9) + 1]);
    const values = async (from: number, to: number) =>
      (await readAll(log, "trades", partition, from, to)).map(text);
    expect(await values(at(3), at(6))).toEqual(["005930 3", "005930 4", "005930 5"]);
    expect(await values(at(9), end)).toEqual(["005930 9"]);
    expect(await values(end, end)).toEqual([]);
    expect(await values(0, 0)).toEqual([]);
    const empty = (partition + 1) % PARTITIONS;
    const bounds = await log.bounds("trades", empty);
    expect(bounds.start).toBe(bounds.end);
    expect(await readAll(log, "trades", empty, 0, bounds.end)).toEqual([]);
  });

  check(
    "readings of one partition that are at different places each have every record of theirs",
    async (_, log) => {
      // Far more than is fetched at once.
      const filler = "x".repeat(40_000);
      const positions: Position[] = [];
      for (let at = 0; at < 40; at++) {
        positions.push(...await log.append([{ ...trade("005930", at), value: `${at} ${filler}` }]));
      }
      const partition = positions[0]?.partition ?? -1;
      const offsets = positions.map(({ offset }) => offset);
      const { end } = await log.bounds("trades", partition);
      const found = offsets.map((from) => readAll(log, "trades", partition, from, end));
      const stop = new AbortController();
      const followed = offsets.map(async (from) => {
        const read: number[] = [];
        for await (const { records } of log.read({ topic: "trades", partition, from, signal: stop.signal })) {
          read.push(...records.map(({ offset }) => offset));
          if (read.at(-1) === offsets.at(-1)) return read;
        }
        return read;
      });
      for (const [index, records] of (await within(Promise.all(found), "the readings")).entries()) {
        expect(records.map(({ offset }) => offset)).toEqual(offsets.slice(index));
      }
      for (const [index, read] of (await within(Promise.all(followed), "those that follow")).entries()) {
        expect(read).toEqual(offsets.slice(index));
      }
      stop.abort();
    },
  );

  check(
    "reads from the first record when an older one is asked for, and ends though `to` is gone",
    async (under, first) => {
      const positions: Position[] = [];
      for (let at = 0; at < 10; at++) positions.push(...await first.append([trade("005930", at)]));
      const partition = positions[0]?.partition ?? -1;
      const sixth = positions[6]?.offset ?? -1;
      const log = await under.forget("trades", partition, sixth);
      expect((await log.bounds("trades", partition)).start).toBe(sixth);
      const found = (await readAll(log, "trades", partition, 0)).map(text);
      expect(found).toEqual(["005930 6", "005930 7", "005930 8", "005930 9"]);
      expect(await readAll(log, "trades", partition, 0, sixth)).toEqual([]);
      const gatherer = new Gatherer<RecordBatch>({ commits: true });
      const member = await log.join(gatherer.options("forgotten", ["trades"]));
      await gatherer.until(() => Object.values(texts(gatherer.batches)).flat().length === 4, "what is left");
      await member.leave();
      const { end } = await log.bounds("trades", partition);
      const emptied = await under.forget("trades", partition, end);
      expect(await readAll(emptied, "trades", partition, 0, end)).toEqual([]);
      const [next] = await emptied.append([trade("005930", 10)]);
      expect(next?.offset).toBeGreaterThanOrEqual(end);
    },
  );

  check(
    "what retention deleted before a group came to it is a gap, and the group goes on",
    async (under, first) => {
      const positions = [];
      for (let at = 0; at < 10; at++) positions.push(...await first.append([trade("005930", at)]));
      const partition = positions[0]?.partition ?? -1;
      const [third, sixth] = [positions[3]?.offset ?? -1, positions[6]?.offset ?? -1];
      const gatherer = new Gatherer<RecordBatch>({ commits: false });
      const member = await first.join(gatherer.options("absent", ["trades"]));
      await gatherer.until(() => gatherer.owned.length === PARTITIONS, "the assignments");
      await gatherer.assignments.find((one) => one.partition === partition)?.commit({
        offset: third,
        metadata: "",
      });
      await member.leave();
      const log = await under.forget("trades", partition, sixth);
      const again = new Gatherer<RecordBatch>({ commits: true });
      const back = await log.join(again.options("absent", ["trades"]));
      await again.until(() => Object.values(texts(again.batches)).flat().length === 4, "what is left");
      await back.leave();
      const gap = { topic: "trades", partition, from: third, to: sixth, reason: "deleted", group: "absent" };
      expect(log.gaps()).toMatchObject([gap]);
      // Who never committed has missed nothing.
      const beginner = new Gatherer<RecordBatch>({ commits: true });
      const late = await log.join(beginner.options("beginner", ["trades"]));
      await beginner.until(() => Object.values(texts(beginner.batches)).flat().length === 4, "what is left");
      await late.leave();
      expect(log.gaps()).toHaveLength(1);
    },
  );

  check("follows the log while it grows and stops at the signal", async (_, log) => {
    const stop = new AbortController();
    const partition = partitionOfKey("005930", PARTITIONS);
    const found: string[] = [];
    const halfway = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const batch of log.read({ topic: "trades", partition, from: 0, signal: stop.signal })) {
        found.push(...batch.records.map(text));
        if (found.length >= 500) halfway.resolve();
        if (found.length >= 1000) all.resolve();
      }
    })();
    for (let call = 0; call < 20; call++) {
      await log.append(Array.from({ length: 50 }, (_, at) => trade("005930", call * 50 + at)));
      if (call === 9) await within(halfway.promise, "the first half while appending");
    }
    await within(all.promise, "everything");
    expect(found).toEqual(Array.from({ length: 1000 }, (_, at) => `005930 ${at}`));
    stop.abort();
    await within(reading, "the reading to end");
    const aborted = log.read({ topic: "trades", partition, from: 0, signal: AbortSignal.abort() });
    for await (const _ of aborted) throw new Error("nothing is read when the signal was aborted before");
  });

  check("two readings of one partition do not disturb each other", async (_, log) => {
    await log.append(Array.from({ length: 100 }, (_, at) => trade("005930", at)));
    const partition = partitionOfKey("005930", PARTITIONS);
    const readings = [0, 50, 99].map((from) => readAll(log, "trades", partition, from));
    const found = await within(Promise.all(readings), "the readings");
    expect(found.map((records) => [records.length, records[0] && text(records[0])])).toEqual([
      [100, "005930 0"],
      [50, "005930 50"],
      [1, "005930 99"],
    ]);
  });

  check("keeps everything across a reopening", async (under, log) => {
    await log.append([...SYMBOLS.map((symbol) => trade(symbol, 0)), rule("r1", "one"), rule("r1", "two")]);
    const count = async (of: EventLog) => {
      const partitions = [0, 1, 2].map((partition) => readAll(of, "trades", partition));
      return (await Promise.all(partitions)).flat().length;
    };
    expect(await count(log)).toBe(SYMBOLS.length);
    const again = await under.reopen();
    expect(await count(again)).toBe(SYMBOLS.length);
    const rules = await readAll(again, "rules", partitionOfKey("005930", PARTITIONS));
    expect(text(rules.at(-1) as LogRecord)).toBe("two");
    const [position] = await again.append([trade("005930", 1)]);
    const { end } = await again.bounds("trades", position?.partition ?? -1);
    expect(position?.offset).toBe(end - 1);
  });

  check("closes while busy: what was acknowledged is there afterwards", async (under, log) => {
    const gatherer = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join(gatherer.options("busy", ["trades"]));
    await gatherer.until(() => gatherer.owned.length === PARTITIONS, "the assignments");
    const appends = Array.from({ length: 20 }, (_, call) => log.append([trade("005930", call)]));
    const ended = Promise.allSettled(appends);
    const again = await within(under.reopen(), "the reopening");
    const results = await within(ended, "the appends to end");
    expect(gatherer.owned).toEqual([]);
    await within(member.done, "the member to be done");
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(OutsideError);
    }
    const found = (await readAll(again, "trades", partitionOfKey("005930", PARTITIONS))).map(text);
    results.forEach((result, call) => {
      if (result.status === "fulfilled") expect(found).toContain(`005930 ${call}`);
    });
    await expect(log.append([trade("005930", 99)])).rejects.toMatchObject({ code: "log_closed" });
    expect(log.health().ok).toBe(false);
  });
}

function trade(symbol: string, number: number): NewRecord {
  return { topic: "trades", key: symbol, value: `${symbol} ${number}`, timestamp: T0 + number };
}

function rule(key: string, value: string | null): NewRecord {
  return { topic: "rules", key, placement: "005930", value, timestamp: T0 };
}

function text(record: LogRecord): string {
  return record.value === null ? "null" : new TextDecoder().decode(record.value);
}

/** Everything of a partition from an offset up to what is there now (or `to`). */
async function readAll(
  log: EventLog,
  topic: Topic,
  partition: number,
  from = 0,
  to?: number,
): Promise<LogRecord[]> {
  const end = to ?? (await log.bounds(topic, partition)).end;
  const read = async () => {
    const records: LogRecord[] = [];
    for await (const batch of log.read({ topic, partition, from, to: end })) records.push(...batch.records);
    return records;
  };
  return await within(read(), `${topic}/${partition} from ${from} to ${end}`);
}

/** Checks again and again, for conditions that nothing reports. */
async function poll(condition: () => boolean): Promise<void> {
  await until(condition, "a condition of the suite");
}
