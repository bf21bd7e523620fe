import { encodeBatch } from "../../src/adapters/kafka/encode_batch.ts";
import { HEADER_BYTES } from "../../src/adapters/kafka/record_batch.ts";
import type { RecordPack } from "../../src/core/record_pack.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";

/** Records as one pack. */
export function packOf(records: readonly NewRecord[]): RecordPack {
  const identity = { producerId: 0n, producerEpoch: 0, baseSequence: 0 };
  const times = records.map(({ timestamp }) => timestamp);
  return {
    count: records.length,
    bytes: new Uint8Array(encodeBatch(records, identity).subarray(HEADER_BYTES)),
    baseTimestamp: times[0] ?? 0,
    oldestTimestamp: Math.min(...times),
    newestTimestamp: Math.max(...times),
  };
}
