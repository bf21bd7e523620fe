import { expect } from "expect";
import { arrivalOf, INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { arrivalsIn } from "./arrivals.ts";
import { decodeRecords } from "./decode_records.ts";
import { encodeBatch } from "./encode_batch.ts";

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

Deno.test("what is cut short has no arrival", () => {
  const whole = batch(10, 9);
  for (let length = 0; length < whole.length; length += 7) {
    const arrival = arrivalsIn(whole.subarray(0, length))(18);
    expect(arrival === undefined || Number.isFinite(arrival)).toBe(true);
  }
  expect(arrivalsIn(new Uint8Array())(0)).toBe(undefined);
});
