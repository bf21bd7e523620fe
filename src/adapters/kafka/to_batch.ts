import type { RawBatch, RecordBatch } from "../../ports/event_log.ts";
import { arrivalsIn } from "./arrivals.ts";
import { decodeRecords } from "./decode_records.ts";
import type { FetchedBatch, PassedOver, ReadPlace } from "./inbox.ts";

/** Makes of a fetched batch what a task is handed; undefined when nothing of it is wanted. */
export type ToBatch<B> = (
  place: ReadPlace,
  fetched: FetchedBatch,
  passedOver: PassedOver,
) => Promise<B | undefined>;

/** Decodes a fetched batch; what cannot be decoded is in the dead letters when this has resolved. */
export async function toRecordBatch(
  place: ReadPlace,
  fetched: FetchedBatch,
  passedOver: PassedOver,
): Promise<RecordBatch> {
  const { topic, partition } = place;
  const { bytes, fromOffset, nextOffset, endOffset } = fetched;
  const { records, broken } = decodeRecords({ topic, partition, from: fromOffset }, bytes);
  for (const batch of broken) {
    await passedOver.unreadable(place, { ...batch, after: batch.after ?? nextOffset });
  }
  return { topic, partition, records, nextOffset, endOffset };
}

/** Hands a fetched batch over as it is. */
export function toRawBatch(place: ReadPlace, fetched: FetchedBatch): Promise<RawBatch> {
  const { topic, partition } = place;
  return Promise.resolve({
    topic,
    partition,
    framing: "record-batch-v2",
    ...fetched,
    arrivalOf: arrivalsIn(fetched.bytes),
  });
}
