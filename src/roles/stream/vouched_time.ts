import { recordsOf } from "../../books/records_of.ts";
import { arrivalOf } from "../../ports/arrival.ts";
import type { EventLog } from "../../ports/event_log.ts";
import type { PartitionTime } from "../../rules/evaluation.ts";

/** How many records before the commit are asked when they arrived. */
const RECORDS = 100;

/**
 * The partition's time of a commit that has none that an arrival vouches for: of an older version, which took one
 * record's claim for the time, so that a record stamped a day ahead made all others late for a day. The time is then at
 * most as far ahead of the latest arrival before the commit as any record may be.
 */
export async function vouchedTime(
  claimed: PartitionTime,
  from: { readonly log: EventLog; readonly partition: number; readonly offset: number; maxAheadMs: number },
): Promise<PartitionTime> {
  const { log, partition, offset, maxAheadMs } = from;
  if (claimed.watermark <= claimed.arrival + maxAheadMs) return claimed;
  let arrival = claimed.arrival;
  const before = { topic: "trades", partition, from: offset - RECORDS, to: offset } as const;
  for await (const record of recordsOf(log, before)) arrival = Math.max(arrival, arrivalOf(record));
  // Of records that are no longer there nothing is known: the next one vouches for itself.
  return arrival === 0 ? claimed : { watermark: Math.min(claimed.watermark, arrival + maxAheadMs), arrival };
}
