import type { EventLog, LogRecord, Topic } from "../ports/event_log.ts";

/** A part of a partition. */
export interface LogRange {
  readonly topic: Topic;
  readonly partition: number;
  /** The first offset; absent: the first there is. */
  readonly from?: number;
  /** The offset after the last; absent: the end as it is when reading begins. */
  readonly to?: number;
  readonly signal?: AbortSignal;
}

/**
 * The records of a part of a partition that are there when it is asked for, in order. Whoever keeps what they come to, and
 * follows it, is a {@link Projection}'s reader.
 *
 * @throws {OutsideError} when the log cannot be read.
 */
export async function* recordsOf(log: EventLog, range: LogRange): AsyncGenerator<LogRecord> {
  const { topic, partition, signal } = range;
  const { start, end } = await log.bounds(topic, partition);
  const from = Math.max(start, range.from ?? start);
  const to = Math.min(end, range.to ?? end);
  if (from >= to) return;
  for await (const batch of log.read({ topic, partition, from, to, ...(signal && { signal }) })) {
    yield* batch.records;
  }
}
