import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { crc32c } from "@node-rs/crc32";
import { expect } from "expect";
import fc from "fast-check";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import type { NewRecord } from "../../ports/event_log.ts";
import { decodeRecords } from "./decode_records.ts";
import { encodeBatch, encodedBound } from "./encode_batch.ts";
import { checkBatches, HEADER_BYTES, LENGTH_OVERHEAD } from "./record_batch.ts";

const IDENTITY = { producerId: 7n, producerEpoch: 1, baseSequence: 0 };

type Pack = (body: Buffer) => Uint8Array;
const PACK: readonly Pack[] = [(body) => body, gzipSync, snappyCompress, lz4Compress, zstdCompressSync];

/** As a broker would send it: at an offset, perhaps compressed, perhaps a control batch. */
function stored(
  records: readonly NewRecord[],
  as: { at: number; codec?: number; control?: boolean; producer?: bigint },
): Buffer {
  const plain = encodeBatch(records, { ...IDENTITY, producerId: as.producer ?? IDENTITY.producerId });
  const body = plain.subarray(HEADER_BYTES);
  const packed = (PACK[as.codec ?? 0] ?? PACK[0] as Pack)(body);
  const batch = Buffer.concat([plain.subarray(0, HEADER_BYTES), packed]);
  batch.writeBigInt64BE(BigInt(as.at), 0);
  batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, 8);
  batch.writeInt16BE((as.codec ?? 0) | (as.control ? 0x20 : 0) | (as.producer === undefined ? 0 : 0x10), 21);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function trades(...values: readonly string[]): NewRecord[] {
  return values.map((value, index) => ({ topic: "trades", key: "005930", value, timestamp: 1000 + index }));
}

function read(
  bytes: Buffer,
  from: number,
  end = 1_000_000,
): { values: string[]; nextOffset: number | undefined } {
  const checked = checkBatches(bytes, { from, end });
  const { records } = decodeRecords({ topic: "trades", partition: 0, from }, checked.bytes);
  return {
    values: records.map(({ value }) => new TextDecoder().decode(value ?? undefined)),
    nextOffset: checked.nextOffset,
  };
}

const anyRecord: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constant("trades" as const),
  key: fc.string({ unit: "grapheme" }),
  value: fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 300 }), fc.constant(null)),
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  headers: fc.dictionary(
    fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => name !== "__proto__"),
    fc.string({ unit: "grapheme" }),
    {
      noNullPrototype: true,
    },
  ),
});

Deno.test("records come back from a batch as they went in, within the bound", () => {
  fc.assert(fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), fc.nat(1e9), (records, at) => {
    const batch = stored(records, { at });
    const bound = records.reduce((sum, record) => sum + encodedBound(record), HEADER_BYTES);
    expect(batch.length).toBeLessThanOrEqual(bound);
    const { bytes, nextOffset } = checkBatches(batch, { from: at, end: at + records.length });
    expect(nextOffset).toBe(at + records.length);
    const { records: read } = decodeRecords({ topic: "trades", partition: 3, from: at }, bytes);
    expect(read.map(({ value, ...rest }) => ({ ...rest, value: value && [...value] }))).toEqual(
      records.map((record, index) => ({
        ...record,
        partition: 3,
        offset: at + index,
        value: typeof record.value === "string"
          ? [...new TextEncoder().encode(record.value)]
          : record.value && [...record.value],
      })),
    );
  }));
});

Deno.test("every codec of Kafka's is inflated among plain batches; the order stays", () => {
  const bytes = Buffer.concat([
    stored(trades("a", "b"), { at: 10 }),
    stored(trades("c", "d"), { at: 12, codec: 1 }),
    stored(trades("e"), { at: 14, codec: 4 }),
    stored(trades("f"), { at: 20 }),
    stored(trades("g"), { at: 21, codec: 2 }),
    stored(trades("h", "i"), { at: 22, codec: 3 }),
  ]);
  const values = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  expect(read(bytes, 10)).toEqual({ values, nextOffset: 24 });
});

Deno.test("a batch that cannot be read is named with its place and bytes; the ones before it are handed over", () => {
  const before = stored(trades("a"), { at: 0 });
  const behind = stored(trades("d"), { at: 3 });
  const bad = (change: (batch: Buffer) => void, codec?: number): Buffer => {
    const batch = stored(trades("b", "c"), codec === undefined ? { at: 1 } : { at: 1, codec });
    change(batch);
    return batch;
  };
  const sealed = (change: (batch: Buffer) => void) => (batch: Buffer) => {
    change(batch);
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  };
  const cases: [Buffer, string][] = [
    [bad((batch) => batch.writeUInt8(batch.readUInt8(70) ^ 1, 70)), "its checksum is wrong"],
    [bad(() => {}, 7), "compression 7 is not known"],
    [bad(sealed((batch) => batch.fill(0xee, 61)), 3), "it does not inflate"],
    [bad((batch) => batch.writeInt8(1, 16)), "message format 1"],
    [bad((batch) => batch.writeInt32BE(-5, 8)), "its length is impossible"],
    [bad((batch) => batch.writeBigInt64BE(900n, 0)), "its offset is impossible"],
  ];
  for (const [bad, reason] of cases) {
    const { broken, nextOffset } = checkBatches(Buffer.concat([before, bad, behind]), { from: 0, end: 4 });
    expect(nextOffset).toBe(1);
    expect(broken).toMatchObject({ offset: 1, after: 3 });
    expect(broken?.reason).toContain(reason);
    expect(Buffer.from(broken?.bytes ?? []).equals(bad)).toBe(true);
  }
});

Deno.test("a broken batch with nothing behind it says how far it goes, if that can be true", () => {
  const last = stored(trades("b", "c"), { at: 1 });
  last.writeUInt8(last.readUInt8(70) ^ 1, 70);
  expect(checkBatches(last, { from: 1, end: 3 }).broken).toMatchObject({ offset: 1, after: 3 });
  last.writeInt32BE(70_000, 23);
  expect(checkBatches(last, { from: 1, end: 3 }).broken).toMatchObject({ offset: 1, after: undefined });
});

Deno.test("aborted transactions are left out, those of others and later ones of the same producer are not", () => {
  const end = (producer: bigint, at: number, commits: boolean) => {
    const record: NewRecord = { ...trades("")[0] as NewRecord, key: "" };
    const key = Buffer.from([0, 0, 0, commits ? 1 : 0]).toString("latin1");
    return stored([{ ...record, key, value: "end" }], { at, control: true, producer });
  };
  const bytes = Buffer.concat([
    stored(trades("a1"), { at: 0, producer: 1n }),
    stored(trades("b1"), { at: 1, producer: 2n }),
    stored(trades("plain"), { at: 2 }),
    stored(trades("a2"), { at: 3, codec: 3, producer: 1n }),
    end(1n, 4, false),
    end(2n, 5, true),
    stored(trades("a3"), { at: 6, producer: 1n }),
    end(1n, 7, true),
    stored(trades("a4"), { at: 8, producer: 1n }),
    end(1n, 9, false),
  ]);
  const aborted = [{ producerId: 1n, firstOffset: 8 }, { producerId: 1n, firstOffset: 0 }];
  const checked = checkBatches(bytes, { from: 0, end: 10, aborted });
  const { records } = decodeRecords({ topic: "trades", partition: 0, from: 0 }, checked.bytes);
  expect(records.map(({ value }) => new TextDecoder().decode(value ?? undefined))).toEqual([
    "b1",
    "plain",
    "a3",
  ]);
  expect(checked).toMatchObject({ nextOffset: 10, leftOut: { control: 4, aborted: 3 } });
});

Deno.test("a fetch in the middle of a batch gives its later records; earlier batches are dropped", () => {
  const bytes = Buffer.concat([
    stored(trades("a", "b"), { at: 0 }),
    stored(trades("c", "d", "e"), { at: 2 }),
    stored(trades("f"), { at: 5, codec: 1 }),
  ]);
  expect(read(bytes, 3)).toEqual({ values: ["d", "e", "f"], nextOffset: 6 });
  expect(checkBatches(bytes, { from: 2, end: 6 }).bytes.length).toBeLessThan(bytes.length);
});

Deno.test("control batches give no records and move the offset on", () => {
  const bytes = Buffer.concat([
    stored(trades("a"), { at: 0 }),
    stored(trades("commit"), { at: 1, control: true }),
  ]);
  expect(read(bytes, 0)).toEqual({ values: ["a"], nextOffset: 2 });
});

Deno.test("a tail that is cut short anywhere is left for the next fetch", () => {
  const first = stored(trades("a", "b"), { at: 0 });
  const bytes = Buffer.concat([first, stored(trades("c"), { at: 2 })]);
  for (let length = 0; length < bytes.length; length++) {
    const whole = length >= first.length;
    expect(read(bytes.subarray(0, length), 0)).toEqual({
      values: whole ? ["a", "b"] : [],
      nextOffset: whole ? 2 : undefined,
    });
  }
});

Deno.test("no flipped bit gets through", () => {
  const batch = stored(trades("first value", "second value", "third value"), { at: 100 });
  const partitionLeaderEpoch = { from: 12, to: 16 };
  for (let at = 0; at < batch.length; at++) {
    if (at >= partitionLeaderEpoch.from && at < partitionLeaderEpoch.to) continue;
    for (let bit = 0; bit < 8; bit++) {
      const damaged = Buffer.from(batch);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at);
      // An offset that became too low looks like old records: nothing is wanted of them.
      expect([at, bit, read(damaged, 100, 103).values]).toEqual([at, bit, []]);
    }
  }
});

Deno.test("random bytes give nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    expect(read(Buffer.from(bytes), 0).values).toEqual([]);
  }));
});

Deno.test("lengths inside a batch with a right checksum are still checked", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (body, count) => {
        const batch = Buffer.concat([stored(trades("a"), { at: 0 }).subarray(0, HEADER_BYTES), body]);
        batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, 8);
        batch.writeInt32BE(count, 57);
        batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
        const checked = checkBatches(batch, { from: 0, end: 9 });
        const { records, broken } = decodeRecords({ topic: "rules", partition: 0, from: 0 }, checked.bytes);
        // All of it or nothing.
        if (broken.length > 0) expect(records).toEqual([]);
        for (const { after } of broken) expect(after).toBe(checked.nextOffset);
      },
    ),
  );
});
