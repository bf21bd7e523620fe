import { Buffer } from "node:buffer";
import { expect } from "expect";
import type { LogGapReason } from "../../ports/log_gap.ts";
import { encodeBatch } from "./encode_batch.ts";
import type { FetchedPartition } from "./fetch_request.ts";
import type { Fetcher } from "./fetcher.ts";
import { Inbox, type PassedOver } from "./inbox.ts";
import { systemClock } from "../../core/clock.ts";
import { PassedOverRecords } from "./passed_over.ts";
import type { BrokenBatch } from "./record_batch.ts";

const IDENTITY = { producerId: 7n, producerEpoch: 1, baseSequence: 0 };

function batch(at: number, count: number): Buffer {
  const records = Array.from({ length: count }, (_, index) => ({
    topic: "trades" as const,
    key: "005930",
    value: `trade ${at + index}`,
    timestamp: 1,
  }));
  const bytes = encodeBatch(records, IDENTITY);
  bytes.writeBigInt64BE(BigInt(at), 0);
  return bytes;
}

function damaged(at: number, count: number): Buffer {
  const bytes = batch(at, count);
  bytes.writeUInt8(bytes.readUInt8(80) ^ 1, 80);
  return bytes;
}

/** A reader of one partition without brokers: what it passes over is kept. */
function reader(from: number, options: { resumed?: boolean } = {}) {
  const gaps: { from: number; to: number; reason: LogGapReason }[] = [];
  const buried: (BrokenBatch & { after: number })[] = [];
  const standing: (number | undefined)[] = [];
  let letter = Promise.resolve();
  const passedOver: PassedOver = {
    standsAt: (_, offset) => void standing.push(offset),
    gap: (_, { from, to, reason }) => void gaps.push({ from, to, reason }),
    unreadable: (_, broken) => {
      buried.push(broken);
      return letter;
    },
  };
  const fetcher = { add: () => {}, remove: () => {}, wake: () => {} } as unknown as Fetcher;
  const place = { topic: "trades" as const, name: "t", partition: 3, group: "stream" };
  const inbox = new Inbox({ place, from, fetcher, passedOver, ...options });
  const deliver = (offset: number, endOffset: number, ...batches: readonly Buffer[]) => {
    const fetched: FetchedPartition = {
      topic: "t",
      partition: 3,
      errorCode: 0,
      highWatermark: endOffset,
      endOffset,
      aborted: [],
      records: Buffer.concat(batches),
    };
    inbox.deliver(fetched, offset);
  };
  const until = (promise: Promise<void>) => letter = promise;
  return { inbox, gaps, buried, standing, deliver, until };
}

Deno.test("a batch that cannot be read is tried three times, buried, and passed over", async () => {
  const { inbox, buried, deliver, until } = reader(0);
  const { promise, resolve } = Promise.withResolvers<void>();
  until(promise);
  deliver(0, 9, batch(0, 2), damaged(2, 3), batch(5, 1));
  expect(inbox.take()).toMatchObject({ fromOffset: 0, nextOffset: 2 });
  for (const _ of [1, 2]) {
    expect(() => deliver(2, 9, damaged(2, 3), batch(5, 1))).toThrow("offset 2 cannot be read");
    expect([inbox.wanted(), buried.length]).toEqual([2, 0]);
  }
  deliver(2, 9, damaged(2, 3), batch(5, 1));
  expect(buried).toMatchObject([{ offset: 2, after: 5, reason: "its checksum is wrong" }]);
  // Nothing goes on before what is there of it is kept.
  expect(inbox.wanted()).toBeUndefined();
  resolve();
  await inbox.wait();
  expect(inbox.take()).toMatchObject({ fromOffset: 2, nextOffset: 5, bytes: new Uint8Array() });
  expect(inbox.wanted()).toBe(5);
});

Deno.test("trouble that passes is not buried", () => {
  const { inbox, buried, deliver } = reader(0);
  expect(() => deliver(0, 9, damaged(0, 2))).toThrow();
  deliver(0, 9, batch(0, 2));
  expect([inbox.wanted(), buried.length]).toEqual([2, 0]);
});

Deno.test("a batch that does not say how far it goes is felt over in growing steps, and never beyond the end", async () => {
  const { inbox, buried, deliver } = reader(0);
  const hopeless = batch(0, 1);
  hopeless.writeInt32BE(99_999, 8);
  expect(() => deliver(0, 12, hopeless)).toThrow();
  expect(() => deliver(0, 12, hopeless)).toThrow();
  const places: number[] = [];
  while (inbox.wanted() !== 12) {
    deliver(inbox.wanted() as number, 12, hopeless);
    await inbox.wait();
    inbox.take();
    places.push(inbox.wanted() as number);
  }
  expect(places).toEqual([1, 3, 7, 12]);
  expect(buried.map(({ offset, after }) => [offset, after])).toEqual([[0, 1], [1, 3], [3, 7], [7, 12]]);
});

Deno.test("what was deleted before a group read it is a gap; a reading from the very beginning misses nothing", () => {
  const member = reader(1, { resumed: true });
  member.inbox.outOfRange({ start: 301, end: 302 });
  expect(member.gaps).toEqual([{ from: 1, to: 301, reason: "deleted" }]);
  expect(member.inbox.wanted()).toBe(301);
  const beginner = reader(0);
  beginner.inbox.outOfRange({ start: 301, end: 302 });
  expect([beginner.gaps, beginner.inbox.wanted()]).toEqual([[], 301]);
  beginner.deliver(301, 302, batch(301, 1));
  beginner.inbox.outOfRange({ start: 400, end: 402 });
  expect(beginner.gaps).toEqual([{ from: 302, to: 400, reason: "deleted" }]);
});

Deno.test("an end before what was read is asked for again, then it is a topic made anew", () => {
  const { inbox, gaps } = reader(50, { resumed: true });
  for (const _ of [1, 2]) expect(() => inbox.outOfRange({ start: 0, end: 7 })).toThrow("beyond the end");
  expect(gaps).toEqual([]);
  inbox.outOfRange({ start: 0, end: 7 });
  expect(gaps).toEqual([{ from: 50, to: 0, reason: "rewound" }]);
  expect(inbox.wanted()).toBe(0);
});

Deno.test("records behind another client's open transaction are kept back, and it is said once they have waited", () => {
  const { inbox, standing } = reader(7);
  const ends = (endOffset: number, highWatermark: number) =>
    inbox.ends({
      endOffset,
      highWatermark,
      topic: "t",
      partition: 3,
      errorCode: 0,
      aborted: [],
      records: Buffer.alloc(0),
    });
  ends(7, 7);
  ends(7, 9);
  // Not yet read up to there.
  ends(8, 9);
  expect(standing).toEqual([undefined, 7, undefined]);
  let now = 1_000;
  const passedOver = new PassedOverRecords({
    clock: { ...systemClock, monotonic: () => now },
    append: () => Promise.resolve(),
  });
  const place = { topic: "trades" as const, name: "t", partition: 3 };
  passedOver.standsAt(place, 7);
  now = 8_000;
  passedOver.standsAt(place, 7);
  expect(passedOver.standingReason).toBeUndefined();
  now = 12_000;
  expect(passedOver.standingReason).toContain("t/3 has stood at offset 7 for 11 s");
  passedOver.standsAt(place, 9);
  expect(passedOver.standingReason).toBeUndefined();
  passedOver.standsAt(place, undefined);
  now = 60_000;
  expect(passedOver.standingReason).toBeUndefined();
});
