import { Buffer } from "node:buffer";
import { expect } from "expect";
import { arrivalOf, INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { arrivalsIn } from "./arrivals.ts";
import { decodeRecords } from "./decode_records.ts";
import { encodeBatch } from "./encode_batch.ts";
import { HEADER_BYTES, LENGTH_OVERHEAD } from "./record_batch.ts";

function batch(base: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, each): NewRecord => ({
    topic: "trades",
    key: "005930",
    value: "x".repeat(each * 50),
    timestamp: 1_000_000 + base * 100 - each,
    headers: each % 3 === 0 ? {} : { note: "n", [INGEST_TIME_HEADER]: String(base * 1_000 + each) },
  }));
  const bytes = encodeBatch(records, { producerId: 0n, producerEpoch: 0, baseSequence: 0 });
  bytes.writeBigInt64BE(BigInt(base), 0);
  return bytes;
}

Deno.test("a record's arrival is found by its offset, in any order, as decoding all of them finds it", () => {
  const bytes = new Uint8Array([...batch(10, 9), ...batch(40, 5), ...batch(45, 1)]);
  const { records } = decodeRecords({ topic: "trades", partition: 0, from: 0 }, bytes);
  const find = arrivalsIn(bytes);
  const offsets = [...records.map(({ offset }) => offset), 45, 12, 12, 10, 43, 18, 40];
  for (const offset of offsets) {
    expect(find(offset)).toBe(arrivalOf(records.find((record) => record.offset === offset)!));
  }
  for (const offset of [0, 9, 19, 39, 46, 1e9]) expect(find(offset)).toBe(undefined);
  expect(find(11)).toBe(10_001);
});

/** A batch of nine without its third record, as compaction leaves it. */
function compacted(base: number): Buffer {
  const bytes = Buffer.from(batch(base, 9));
  let [start, after] = [HEADER_BYTES, HEADER_BYTES];
  for (let each = 0; each <= 2; each++) {
    start = after;
    const isLong = bytes[start]! >= 128;
    const length = ((bytes[start]! & 127) + (isLong ? bytes[start + 1]! * 128 : 0)) / 2;
    after = start + (isLong ? 2 : 1) + length;
  }
  const without = Buffer.concat([bytes.subarray(0, start), bytes.subarray(after)]);
  without.writeInt32BE(without.length - LENGTH_OVERHEAD, 8);
  without.writeInt32BE(8, 57);
  return without;
}

Deno.test("a batch without some of its records, and one whose head says what is not so, are read record by record", () => {
  const mistaken = compacted(40);
  mistaken.writeInt32BE(7, 23);
  const find = arrivalsIn(new Uint8Array([...compacted(10), ...mistaken]));
  for (const offset of [11, 14, 17, 14, 11]) expect(find(offset)).toBe(10_000 + offset - 10);
  for (const offset of [44, 47, 44, 41]) expect(find(offset)).toBe(40_000 + offset - 40);
  for (const offset of [12, 42]) expect(find(offset)).toBe(undefined);
});

Deno.test("what is cut short has no arrival", () => {
  const whole = batch(10, 9);
  for (let length = 0; length < whole.length; length += 7) {
    const arrival = arrivalsIn(whole.subarray(0, length))(18);
    expect(arrival === undefined || Number.isFinite(arrival)).toBe(true);
  }
  expect(arrivalsIn(new Uint8Array())(0)).toBe(undefined);
});
