import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { crc32c } from "@node-rs/crc32";
import { expect } from "expect";
import fc from "fast-check";
import { OutsideError } from "../../core/errors.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { decodeRecords } from "./decode_records.ts";
import { encodeBatch, encodedBound } from "./encode_batch.ts";
import { checkBatches, HEADER_BYTES, LENGTH_OVERHEAD } from "./record_batch.ts";

const IDENTITY = { producerId: 7n, producerEpoch: 1, baseSequence: 0 };

/** As a broker would send it: at an offset, perhaps compressed, perhaps a control batch. */
function stored(
  records: readonly NewRecord[],
  as: { at: number; codec?: 0 | 1 | 2 | 4; control?: boolean },
): Buffer {
  const plain = encodeBatch(records, IDENTITY);
  const body = plain.subarray(HEADER_BYTES);
  const packed = as.codec === 1 ? gzipSync(body) : as.codec === 4 ? zstdCompressSync(body) : body;
  const batch = Buffer.concat([plain.subarray(0, HEADER_BYTES), packed]);
  batch.writeBigInt64BE(BigInt(as.at), 0);
  batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, 8);
  batch.writeInt16BE((as.codec ?? 0) | (as.control ? 0x20 : 0), 21);
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
  const records = decodeRecords({ topic: "trades", partition: 0, from }, checked.bytes);
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
    const read = decodeRecords({ topic: "trades", partition: 3, from: at }, bytes);
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

Deno.test("gzip and zstd are inflated among plain batches; the order stays", () => {
  const bytes = Buffer.concat([
    stored(trades("a", "b"), { at: 10 }),
    stored(trades("c", "d"), { at: 12, codec: 1 }),
    stored(trades("e"), { at: 14, codec: 4 }),
    stored(trades("f"), { at: 20 }),
  ]);
  expect(read(bytes, 10)).toEqual({ values: ["a", "b", "c", "d", "e", "f"], nextOffset: 21 });
});

Deno.test("snappy is refused for good: it would be refused again", () => {
  expect(() => read(stored(trades("a"), { at: 0, codec: 2 }), 0)).toThrow("use none, gzip or zstd");
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
      let found: ReturnType<typeof read> | undefined;
      try {
        found = read(damaged, 100, 103);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(OutsideError);
        continue;
      }
      // A length that became too long looks like a tail that was cut; an offset that became too low, like old records.
      expect([at, bit, found.values]).toEqual([at, bit, []]);
    }
  }
});

Deno.test("random bytes are refused with an error of ours, or give nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    try {
      expect(read(Buffer.from(bytes), 0).values).toEqual([]);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(OutsideError);
    }
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
        try {
          decodeRecords(
            { topic: "rules", partition: 0, from: 0 },
            checkBatches(batch, { from: 0, end: 9 }).bytes,
          );
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "kafka_corrupt_batch" });
        }
      },
    ),
  );
});
