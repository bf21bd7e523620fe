import { backup, type DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { assert, InputError, type OutsideError } from "../../core/errors.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { type RecordPack, unpack } from "../../core/record_pack.ts";
import { BELIEVED_MS } from "../../core/steady_clock.ts";
import { isCompacted } from "../../ports/topics.ts";
import { LogGapList } from "../../books/log_gap_list.ts";
import type { LogGap } from "../../ports/log_gap.ts";
import {
  type Committed,
  type EventLog,
  type JoinOptions,
  logClosed,
  type LogHealth,
  type Membership,
  type NewRecord,
  type PartitionPlace,
  type Position,
  type RawBatch,
  type ReadOptions,
  type RecordBatch,
  type Topic,
} from "../../ports/event_log.ts";
import type { Copyable } from "../../ports/copyable.ts";
import { refuseTooLarge } from "../../ports/record_size.ts";
import { partitionsOf } from "../../ports/topics.ts";
import { logger } from "../../telemetry/log.ts";
import { databaseError, openDatabase } from "./database.ts";
import { Group } from "./event_log_group.ts";
import { WriteQueue } from "./event_log_queue.ts";
import { type BatchLimits, LogReader, type ReadRange } from "./event_log_reader.ts";
import { DEFAULT_RETENTION, type LogRetention, Pruner } from "./event_log_retention.ts";
import { isMarketStream, LOG_APPLICATION_ID, LOG_MIGRATIONS, streamOf } from "./event_log_schema.ts";
import { logId, lossOf, requireWhole } from "./log_checks.ts";
import { MarkWriter, readMark, requireFile } from "./log_mark.ts";
import { Packer } from "./event_log_packer.ts";
import { Wakers } from "./event_log_wake.ts";
import { LogWriter } from "./event_log_writer.ts";
import { WriteTrouble } from "./write_trouble.ts";

export interface SqliteLogOptions {
  /** The file; its folder is made when missing. ":memory:" for tests. */
  readonly path: string;
  /** Partitions of each topic that is spread by symbol: 1 to 1,024, fixed when the file is made. */
  readonly partitions: number;
  readonly clock: Clock;
  /** What is kept how long; {@link DEFAULT_RETENTION} where absent. */
  readonly retention?: Partial<LogRetention>;
  /** How large a batch may be; 4,096 records or 1 MiB by default. */
  readonly batch?: Partial<BatchLimits>;
}

const logging = logger("log");

const PRUNE_MS = 15_000;
/** How often the end of trades and quotes is noted beside the log, ms. */
const MARK_MS = 1_000;
const CACHED_PLACES = 65_536;

/**
 * Opens the event log in a SQLite file, for this process alone.
 *
 * What was acknowledged survives a kill -9 of the process; rules, alerts, deliveries and dead letters also a power
 * cut, which may take the last moments of trades, quotes and commits.
 *
 * @throws {OutsideError} `database_in_use`, `database_unusable`, `database_unwritable`, `log_missing`
 * @throws {InputError} `partitions_fixed` when the file was made with another number of partitions
 */
// deno-lint-ignore require-await -- opening may need to wait one day; callers are not to depend on it.
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteEventLog> {
  assert(
    Number.isSafeInteger(options.partitions) && options.partitions > 0 && options.partitions <= 1024,
    `partitions must be 1 to 1024, got ${options.partitions}`,
  );
  const marked = options.path !== ":memory:";
  const mark = marked ? readMark(options.path) : undefined;
  requireFile(options.path, mark);
  const database = openDatabase({
    path: options.path,
    applicationId: LOG_APPLICATION_ID,
    migrations: LOG_MIGRATIONS,
  });
  try {
    if (marked) requireWhole(database, options.path);
    fixPartitions(database, options);
    const id = logId(database);
    const warning = mark && lossOf(database, { path: options.path, id, mark });
    if (warning !== undefined) logging.error("{warning}", { warning });
    return new SqliteLog(database, { ...options, id, warning });
  } catch (thrown) {
    database.close();
    throw thrown instanceof InputError ? thrown : databaseError(thrown, options.path);
  }
}

function fixPartitions(database: DatabaseSync, options: SqliteLogOptions): void {
  database.prepare("INSERT INTO setting (name, value) VALUES ('partitions', ?) ON CONFLICT DO NOTHING")
    .run(String(options.partitions));
  const fixed = database.prepare("SELECT value FROM setting WHERE name = 'partitions'").get()?.value;
  if (fixed === String(options.partitions)) return;
  throw new InputError("partitions_fixed", [{
    field: "partitions",
    code: "partitions_fixed",
    reason: `must be ${fixed}: ${options.path} was made with it, and records stay where they were placed`,
    value: options.partitions,
  }]);
}

/** What an opened log has besides. */
interface OpenedLog extends SqliteLogOptions {
  readonly id: string;
  /** What is wrong with the file without keeping it from being used. */
  readonly warning: string | undefined;
}

/** The event log in a file, which can be copied while it is used. */
export type SqliteEventLog = EventLog & Copyable;

class SqliteLog implements SqliteEventLog {
  #database: DatabaseSync;
  #options: OpenedLog;
  #mark: MarkWriter | undefined;
  #markedAt = -Infinity;
  #writer: LogWriter;
  #reader: LogReader;
  #queue: WriteQueue;
  #wakers = new Wakers();
  #groups = new Map<string, Group>();
  #places = new Map<string, number>();
  #closing = new AbortController();
  #closed: Promise<void> | undefined;
  #pruning: Promise<void>;
  /** Trouble of reads: the next read that succeeds ends it. */
  #unreadable: string | undefined;
  #trouble: WriteTrouble;
  #gaps = new LogGapList();

  constructor(database: DatabaseSync, options: OpenedLog) {
    this.#database = database;
    this.#options = options;
    this.#writer = new LogWriter(database);
    this.#trouble = new WriteTrouble({
      clock: options.clock,
      probe: () => this.#writer.probe(),
      signal: this.#closing.signal,
    });
    this.#reader = new LogReader(database, {
      records: options.batch?.records ?? 4096,
      bytes: options.batch?.bytes ?? 2 ** 20,
    });
    this.#queue = new WriteQueue({
      writer: this.#writer,
      now: () => options.clock.now(),
      written: (grown) => {
        this.#noteEnds(grown);
        this.#wakers.wake(grown);
      },
      refused: () => this.#trouble.failure,
      failed: (thrown) => this.#writeFailed(thrown),
    });
    if (options.path !== ":memory:") {
      this.#mark = new MarkWriter(options.path, options.id);
      this.#mark.write(options.clock.now(), this.#writer.ends());
    }
    this.#pruning = this.#prune();
  }

  // deno-lint-ignore require-await
  async partitions(topic: Topic): Promise<number> {
    return this.#partitions(topic);
  }

  // deno-lint-ignore require-await
  async partitionOf(topic: Topic, placement: string): Promise<number> {
    return this.#partitionOf(topic, placement);
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (records.length === 0) return [];
    for (const record of records) refuseTooLarge(record);
    return await this.#queue.append(
      records.map((record) => ({
        record,
        partition: this.#partitionOf(record.topic, record.placement ?? record.key),
      })),
    );
  }

  async appendPack({ topic, partition }: PartitionPlace, pack: RecordPack): Promise<Position> {
    const placed = unpack(pack).map((record) => ({ record: { topic, ...record }, partition }));
    for (const { record } of placed) refuseTooLarge(record);
    const [first] = await this.#queue.append(placed);
    return first as Position;
  }

  // deno-lint-ignore require-await
  async join(options: JoinOptions<RecordBatch>): Promise<Membership> {
    return this.#group(options.group).join(options, (place) => {
      const batch = this.#readTo(place, (range) => this.#reader.read(range));
      return batch && batch.records.length > 0 ? { batch, nextOffset: batch.nextOffset } : undefined;
    });
  }

  // deno-lint-ignore require-await
  async joinRaw(options: JoinOptions<RawBatch>): Promise<Membership> {
    return this.#group(options.group).join(options, (place) => {
      const batch = this.#readTo(place, (range) => this.#reader.readRaw(range));
      return batch && batch.bytes.length > 0 ? { batch, nextOffset: batch.nextOffset } : undefined;
    });
  }

  async *read(options: ReadOptions): AsyncIterable<RecordBatch> {
    const { topic, partition, to = Infinity } = options;
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.#closing.signal])
      : this.#closing.signal;
    let from = Math.max(0, options.from);
    while (from < to && !signal.aborted) {
      const batch = this.#readTo({ topic, partition, from }, (range) => this.#reader.read(range), to);
      if (!batch) {
        await this.#wait({ topic, partition, from }, signal).woken;
        continue;
      }
      from = batch.nextOffset;
      if (batch.records.length > 0) yield batch;
      await setImmediate();
    }
    if (this.#closing.signal.aborted && !options.signal?.aborted && from < to) throw logClosed();
  }

  // deno-lint-ignore require-await
  async bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }> {
    return this.#guarded(() => {
      const end = this.#writer.end(streamOf(topic, partition));
      return { start: this.#reader.start(topic, partition, end), end };
    });
  }

  // deno-lint-ignore require-await
  async committed(group: string, topic: Topic, partition: number): Promise<Committed | null> {
    return this.#guarded(() => this.#reader.committed(group, streamOf(topic, partition)));
  }

  gaps(): readonly LogGap[] {
    return this.#gaps.gaps;
  }

  health(): LogHealth {
    if (this.#closing.signal.aborted) return { ok: false, detail: "closed" };
    const trouble = this.#trouble.failure?.message ?? this.#unreadable;
    return trouble === undefined
      ? { ok: true, detail: `SQLite, ${this.#options.path}`, warning: this.#options.warning }
      : { ok: false, detail: trouble };
  }

  async copyTo(path: string): Promise<void> {
    if (this.#closing.signal.aborted) throw logClosed();
    await backup(this.#database, path);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
    this.#queue.close();
    this.#closing.abort();
    await this.#pruning;
    await this.#trouble.ended;
    this.#mark?.write(this.#options.clock.now(), this.#writer.ends());
    this.#mark?.close();
    this.#database.close();
  }

  #group(name: string): Group {
    if (this.#closed) throw logClosed();
    let group = this.#groups.get(name);
    if (!group) {
      group = new Group({
        clock: this.#options.clock,
        partitions: (topic) => this.#partitions(topic),
        committed: (topic, partition) => this.#reader.committed(name, streamOf(topic, partition)),
        from: (group, topic, partition) => this.#from(group, topic, partition),
        commit: (topic, partition, position) =>
          this.#queue.commit({ group: name, stream: streamOf(topic, partition), ...position }),
        wait: (place, signal) => this.#wait(place, signal),
      });
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Where a group goes on: where it has committed, or, with what it has missed noted, at the first record. */
  #from(group: string, topic: Topic, partition: number): number {
    const committed = this.#reader.committed(group, streamOf(topic, partition));
    if (committed === null) return 0;
    const from = committed.offset;
    const end = this.#writer.end(streamOf(topic, partition));
    const start = this.#reader.start(topic, partition, end);
    // Of a compacted topic records may vanish at any time, and are not missed.
    if (from >= start && from <= end || isCompacted(topic)) return from;
    const detail = from < start
      ? `offsets ${from} to ${start - 1} were deleted before they were read (retention)`
      : `offset ${from} is beyond the end, ${end}: the file is another one than it was`;
    const reason = from < start ? "deleted" : "rewound";
    this.#gaps.note({
      topic,
      partition,
      from,
      to: start,
      reason,
      detail,
      group,
      at: this.#options.clock.now(),
    });
    return start;
  }

  /** Reads up to the end (or `to`); undefined when there is nothing yet. */
  #readTo<B>(
    place: { topic: Topic; partition: number; from: number },
    read: (range: ReadRange) => B,
    to = Infinity,
  ): B | undefined {
    return this.#guarded(() => {
      const end = Math.min(to, this.#writer.end(streamOf(place.topic, place.partition)));
      return end <= place.from ? undefined : read({ ...place, to: end });
    });
  }

  #wait(
    place: { topic: Topic; partition: number; from: number },
    signal: AbortSignal,
  ): { woken: Promise<void>; cancel(): void } {
    return this.#wakers.wait(streamOf(place.topic, place.partition), signal);
  }

  /** Notes beside the log how far it has come: at once for what is a promise, now and then for prices. */
  #noteEnds(grown: ReadonlySet<number>): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    if (now - this.#markedAt < MARK_MS && [...grown].every(isMarketStream)) return;
    this.#markedAt = now;
    this.#mark?.write(clock.now(), this.#writer.ends());
  }

  #partitions(topic: Topic): number {
    return partitionsOf(topic, this.#options.partitions);
  }

  #partitionOf(topic: Topic, placement: string): number {
    const count = this.#partitions(topic);
    if (count === 1) return 0;
    let partition = this.#places.get(placement);
    if (partition === undefined) {
      if (this.#places.size >= CACHED_PLACES) this.#places.clear();
      this.#places.set(placement, partition = partitionOfKey(placement, count));
    }
    return partition;
  }

  async #prune(): Promise<void> {
    const pruner = new Pruner({
      database: this.#database,
      retention: { ...DEFAULT_RETENTION, ...this.#options.retention },
      partitions: (topic) => this.#partitions(topic),
    });
    const packer = new Packer({
      database: this.#database,
      partitions: (topic) => this.#partitions(topic),
    });
    const { signal } = this.#closing;
    const { clock } = this.#options;
    const believedAt = clock.monotonic() + BELIEVED_MS;
    for (;;) {
      await clock.sleep(PRUNE_MS, signal);
      let more = true;
      while (more && !signal.aborted) {
        try {
          const now = clock.now();
          // A time that was wrong at the start shows itself before anything is deleted for its age.
          const before = clock.monotonic() < believedAt ? -Infinity : now;
          // Both, each a slice of it.
          more = [pruner.prune(before), packer.step(now)].includes(true);
        } catch (thrown) {
          this.#writeFailed(thrown);
          more = false;
        }
        await setImmediate();
      }
      if (signal.aborted) return;
    }
  }

  #guarded<T>(work: () => T): T {
    if (this.#closing.signal.aborted) throw logClosed();
    try {
      const result = work();
      this.#unreadable = undefined;
      return result;
    } catch (thrown) {
      const error = databaseError(thrown, this.#options.path);
      this.#unreadable = error.message;
      throw error;
    }
  }

  #writeFailed(thrown: unknown): OutsideError {
    const error = databaseError(thrown, this.#options.path);
    this.#trouble.failed(error);
    return error;
  }
}
