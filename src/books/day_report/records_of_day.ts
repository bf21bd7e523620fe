import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { EventLog, LogRecord, Topic } from "../../ports/event_log.ts";
import { recordsOf } from "../records_of.ts";

/** Records before the first of the day that are read all the same: what came late stands among what came after it. */
const MARGIN = 2_000;

/**
 * The records of a partition that are of a day, by their timestamps; the day's beginning is searched for, so that weeks
 * before it are not read.
 *
 * @param day in Asia/Seoul, see `seoulDay`.
 * @throws {OutsideError} when the log cannot be read.
 */
export async function* recordsOfDay(
  log: EventLog,
  { topic, partition, day }: { readonly topic: Topic; readonly partition: number; readonly day: number },
): AsyncGenerator<LogRecord> {
  const from = await offsetAt(log, { topic, partition, time: startOfSeoulDay(day) });
  for await (const record of recordsOf(log, { topic, partition, from: Math.max(0, from - MARGIN) })) {
    if (seoulDay(record.timestamp) === day) yield record;
  }
}

/** The first offset from which on records are not older than a time, as far as they stand in its order. */
async function offsetAt(
  log: EventLog,
  { topic, partition, time }: { readonly topic: Topic; readonly partition: number; readonly time: number },
): Promise<number> {
  let { start: low, end: high } = await log.bounds(topic, partition);
  while (high - low > MARGIN) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstFrom(log, { topic, partition, from: middle, to: high });
    if (found === undefined || found.timestamp >= time) high = middle;
    else low = Math.max(middle, found.offset);
  }
  return low;
}

/** The first record of a range; compacted topics have holes. */
async function firstFrom(
  log: EventLog,
  range: {
    readonly topic: Topic;
    readonly partition: number;
    readonly from: number;
    readonly to: number;
  },
): Promise<LogRecord | undefined> {
  for await (const record of recordsOf(log, range)) return record;
  return undefined;
}
