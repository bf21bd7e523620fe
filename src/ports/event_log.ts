/**
 * The event log: topics of partitions of records, kept in order. Kafka, or SQLite on one machine; both pass
 * `tests/contract/event_log.ts`.
 *
 * What every adapter promises:
 * - `append` resolves when the records are durable, in the order given per partition, or rejects with an
 *   {@link OutsideError}; what was acknowledged survives a kill -9 of the process and, on Kafka, the loss of a broker.
 *   Two appends by one process keep the order of their calls per partition, also when the first is not awaited. After a
 *   rejection some of the records may be in the log: appending them again may write them twice. A record over
 *   {@link MAX_RECORD_BYTES} is refused (code `record_too_large`, not retryable) before anything is written. What the
 *   log itself refuses for good it refuses record by record: a {@link RecordsRefusedError}, and the others are written;
 * - a record goes to the partition `partitionOf(placement ?? key)`, so topics with one number of partitions are
 *   co-partitioned by symbol;
 * - offsets rise within a partition; they need not be dense;
 * - at least once: a record is handed out again when its offset was not committed;
 * - `partitions`, `partitionOf`, `read`, `bounds` and `committed` reject with an {@link OutsideError} and nothing else:
 *   retryable, the log cannot be reached just now and the call may be repeated; not retryable, the log is closed
 *   (`log_closed`) or refuses for good (no such topic, no right to it). What a reading had handed out stays good, and it
 *   may be begun again after the last of it. An offset that is no longer there, and a group that has never committed, are
 *   no errors;
 * - on compacted topics the newest record of a key is kept; older ones may vanish at any time.
 *
 * @module
 */
import { OutsideError } from "../core/errors.ts";
import type { RecordPack } from "../core/record_pack.ts";
import type { LogGap } from "./log_gap.ts";
import type { Topic } from "./topics.ts";

export type { Topic };

/** The most a record may take: its key, value and headers together, in bytes. Kafka's brokers take 1 MiB a batch. */
export const MAX_RECORD_BYTES = 900_000;

/** A record to be appended. */
export interface NewRecord {
  readonly topic: Topic;
  readonly key: string;
  /** Null is a tombstone on a compacted topic. Text is written as UTF-8. */
  readonly value: string | Uint8Array | null;
  /** What decides the partition, where it is not the key: the symbol. */
  readonly placement?: string;
  /** Epoch ms; event time for trades, quotes and alerts. */
  readonly timestamp: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The log refuses some records of an append for good: larger than it takes, a time it does not take. The others are
 * written.
 */
export class RecordsRefusedError extends OutsideError {
  /** Why, by the record's index in the append. */
  readonly refused: ReadonlyMap<number, string>;
  /** Where the others are; undefined for those that are refused. */
  readonly positions: readonly (Position | undefined)[];

  constructor(refused: ReadonlyMap<number, string>, positions: readonly (Position | undefined)[]) {
    const [first] = refused.values();
    super(
      "records_refused",
      `${refused.size} of ${positions.length} records are refused for good: ${first}`,
      {
        retryable: false,
      },
    );
    this.refused = refused;
    this.positions = positions;
  }
}

/** A partition of a topic. */
export interface PartitionPlace {
  readonly topic: Topic;
  readonly partition: number;
}

/** Of calls to a log that was closed; not to be tried again. */
export function logClosed(): OutsideError {
  return new OutsideError("log_closed", "the event log is closed", { retryable: false });
}

/** Where a record is. */
export interface Position extends PartitionPlace {
  readonly offset: number;
}

/** A record read from the log. */
export interface LogRecord extends Position {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Undecoded records of one partition, for the engine.
 * - `record-batch-v2`: Kafka's record batches, whole and uncompressed, CRC already checked by the adapter; may begin
 *   before `fromOffset` (the engine skips those records) and may have control batches (skipped too).
 * - `records`: for each record, little-endian and unaligned: f64 offset, u32 length (0xffffffff for null), the value.
 */
export interface RawBatch {
  readonly topic: Topic;
  readonly partition: number;
  /** `records` begins exactly at the first record at or after `fromOffset`. */
  readonly framing: "record-batch-v2" | "records";
  readonly bytes: Uint8Array;
  /** The first offset that is wanted. */
  readonly fromOffset: number;
  /** The offset after the last record in `bytes`: where to go on. */
  readonly nextOffset: number;
  /** Where the partition ended when this was read, for lag; undefined where not known. */
  readonly endOffset?: number;
  /** Offsets of `[fromOffset, nextOffset)` that are not in `bytes`, by why; absent where there are none. */
  readonly leftOut?: LeftOut;
  /**
   * When a record of the batch arrived, epoch ms, by its offset: `arrivalOf` in arrival.ts. Asked for few records, so an
   * adapter need not read it before.
   */
  readonly arrivalOf?: (offset: number) => number | undefined;
}

/** Offsets that have nothing for a reader. */
export interface LeftOut {
  /** Of transactions that were aborted. */
  readonly aborted: number;
  /** Marks at the end of transactions. */
  readonly control: number;
  /** Of batches that cannot be read; those are in the dead letters. */
  readonly unreadable: number;
}

/** Decoded records of one partition, in order. */
export interface RecordBatch {
  readonly topic: Topic;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  readonly endOffset?: number;
}

/** What a group has committed for a partition: where to go on, and a small note that is kept with it. */
export interface Committed {
  readonly offset: number;
  /** At most 4 KiB; "" when there is none. */
  readonly metadata: string;
}

/** A partition a member of a group has been given. */
export interface Assignment {
  readonly topic: Topic;
  readonly partition: number;
  /** Null when the group has never committed here: reading starts at the log's first record. */
  readonly committed: Committed | null;
  /**
   * Commits: everything before `offset` is done. Resolves when it is durable. Rejects with an OutsideError, code
   * `not_assigned`, when the partition has been taken away: the caller drops its work, another member does it.
   */
  commit(position: Committed): Promise<void>;
  /**
   * Aborted when the partition is being taken away or the member leaves: stop retrying and return from `handle`. Commits
   * are still taken until `revoke` has resolved, unless another member may own the partition already (this process was
   * frozen, or could not reach the log for too long): then the signal's reason is an OutsideError, code `not_assigned`,
   * and nothing more may be done for the partition.
   */
  readonly signal: AbortSignal;
  /**
   * Whether another member may own the partition already though nothing has said so: a process that was frozen asks it
   * before it does what cannot be taken back. The signal is aborted then. Absent: never.
   */
  lapsed?(): boolean;
}

/** What is done with one assigned partition. The log calls one method at a time. */
export interface PartitionTask<B> {
  /**
   * Handles a batch; the next one comes when it has resolved. A rejection ends the member: bad data must not throw, and
   * an outside failure is retried inside until the assignment's signal is aborted.
   */
  handle(batch: B): Promise<void>;
  /** There was nothing to read just now: a chance to commit. Called at least every second or so while idle. */
  idle?(): Promise<void>;
  /**
   * The partition is being taken away or the member leaves: finish, commit, forget. Called once, after the last `handle`
   * has ended, also when that one threw.
   */
  revoke(): Promise<void>;
}

export interface JoinOptions<B> {
  /** The consumer group: one per role. */
  readonly group: string;
  readonly topics: readonly Topic[];
  /**
   * Called for each partition when it is assigned, before anything of it is read; other partitions do not wait for it. It
   * may be called again for a partition that was taken away and came back. A rejection ends the member, unless the
   * assignment's signal was aborted before.
   */
  assigned(assignment: Assignment): Promise<PartitionTask<B>>;
}

/** A member of a consumer group. */
export interface Membership {
  /** The partitions that are owned now. */
  readonly assignments: readonly { readonly topic: Topic; readonly partition: number }[];
  /** Leaves the group: revokes every partition, then resolves. */
  leave(): Promise<void>;
  /** Resolves when the member has left; rejects with what a task threw. */
  readonly done: Promise<void>;
}

export interface ReadOptions {
  readonly topic: Topic;
  readonly partition: number;
  /** First offset wanted; an offset older than the log's first reads from the first. */
  readonly from: number;
  /** Where to stop (exclusive); without it the reading follows the log until the signal is aborted. */
  readonly to?: number;
  readonly signal?: AbortSignal;
}

/** How a log is. */
export interface LogHealth {
  readonly ok: boolean;
  /** A line for people: where it is, or what is wrong. */
  readonly detail: string;
  /** How long the oldest append has waited to be acknowledged, ms; absent where appends do not wait. */
  readonly appendMs?: number;
  /** What is wrong without keeping it from being used: acknowledged records that are gone, others' transactions. */
  readonly warning?: string | undefined;
}

export interface EventLog {
  /** The number of partitions of a topic. */
  partitions(topic: Topic): Promise<number>;
  /** The partition of a key or symbol in a topic: Java's murmur2, as Kafka's clients place keys. */
  partitionOf(topic: Topic, placement: string): Promise<number>;
  /**
   * Appends.
   *
   * @returns where each record is, in the order given.
   */
  append(records: readonly NewRecord[]): Promise<readonly Position[]>;
  /**
   * Appends many records of one partition in one piece, and answers where the first is: the others follow it. Promises what
   * `append` does; the refusals of a {@link RecordsRefusedError} are by the record's place in the pack.
   */
  appendPack(place: PartitionPlace, pack: RecordPack): Promise<Position>;
  /** Joins a group and is handed decoded records. */
  join(options: JoinOptions<RecordBatch>): Promise<Membership>;
  /** Joins a group and is handed undecoded batches. */
  joinRaw(options: JoinOptions<RawBatch>): Promise<Membership>;
  /**
   * Reads a partition without a group, in batches as they come; ends at `to` or when the signal is aborted. With `to`
   * it ends even when the records before `to` have been compacted or pruned away.
   */
  read(options: ReadOptions): AsyncIterable<RecordBatch>;
  /** The first offset that is there, and the one the next record will get. */
  bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }>;
  /** What a group has committed. */
  committed(group: string, topic: Topic, partition: number): Promise<Committed | null>;
  /** What this process passed over without having had it, in the order it was found; the newest thousand. */
  gaps(): readonly LogGap[];
  /** Whether the log can be reached and takes what is appended; never throws. */
  health(): LogHealth;
  close(): Promise<void>;
}
