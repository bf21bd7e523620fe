import { assert } from "../core/errors.ts";
import type { EventLog, LogRecord, NewRecord, Topic } from "../ports/event_log.ts";
import { recordsOf } from "./records_of.ts";
import { isCompacted } from "../ports/topics.ts";
import { SEALED_TOPICS, type Seals } from "./sealed_log.ts";

/** Records of one append. */
const CHUNK = 500;

/**
 * Writes again, sealed by the first key, the newest record of each key of the compacted topics that has no seal, or one of
 * an older key. What is not compacted (alerts) goes with time. A record with a wrong seal stays as it is.
 *
 * @param log the log as it is, that seals nothing.
 * @returns how many records were sealed, by topic.
 * @throws {OutsideError} when the log cannot be read or written.
 */
export async function adoptUnsealed(log: EventLog, seals: Seals): Promise<ReadonlyMap<Topic, number>> {
  const counts = new Map<Topic, number>();
  for (const topic of SEALED_TOPICS.filter(isCompacted)) {
    let count = 0;
    for (let partition = 0; partition < await log.partitions(topic); partition++) {
      const placement = await placementIn(log, topic, partition);
      const records = (await newest(log, topic, partition)).filter((record) => seals.isDue(record)).map(
        (record): NewRecord => {
          const { key, value, timestamp, headers } = record;
          return seals.seal({ topic, key, value, timestamp, headers, placement });
        },
      );
      for (let at = 0; at < records.length; at += CHUNK) await log.append(records.slice(at, at + CHUNK));
      count += records.length;
    }
    counts.set(topic, count);
  }
  return counts;
}

async function newest(log: EventLog, topic: Topic, partition: number): Promise<LogRecord[]> {
  const found = new Map<string, LogRecord>();
  for await (const record of recordsOf(log, { topic, partition })) found.set(record.key, record);
  return [...found.values()];
}

/** A text that is placed on a partition: a record's own placement is not written anywhere. */
async function placementIn(log: EventLog, topic: Topic, partition: number): Promise<string> {
  for (let number = 0; number < 1_000_000; number++) {
    if (await log.partitionOf(topic, String(number)) === partition) return String(number);
  }
  assert(false, `nothing is placed on partition ${partition} of ${topic}`);
}
