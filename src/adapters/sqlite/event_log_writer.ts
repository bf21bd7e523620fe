import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Committed, NewRecord, Position } from "../../ports/event_log.ts";
import { isCompacted } from "../../ports/topics.ts";
import { transaction } from "./database.ts";
import { MARKET_DATA, rowId, streamOf } from "./event_log_schema.ts";
import { SegmentBuilder } from "./event_log_segment.ts";

/** A segment is closed at this many records or bytes, so that a reader that wants a few need not read many. */
const SEGMENT_RECORDS = 1024;
const SEGMENT_BYTES = 256 * 1024;

/** What {@link LogWriter.probe} writes, bytes. */
const PROBE_BYTES = 512 * 1024;

/** A record and where it goes. */
export interface Placed {
  readonly record: NewRecord;
  readonly partition: number;
}

/** What a group commits. */
export interface CommitWrite extends Committed {
  readonly group: string;
  readonly stream: number;
}

/** Writes records and commits, each call one transaction. */
export class LogWriter {
  #database: DatabaseSync;
  #next: Map<number, number>;
  #synchronous: "FULL" | "NORMAL" = "FULL";
  #statements: Record<"segment" | "forget" | "latest" | "stream" | "commit", StatementSync>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const rows = database.prepare("SELECT id, next FROM stream").all();
    this.#next = new Map(rows.map((row) => [Number(row.id), Number(row.next)]));
    const prepare = (sql: string) => database.prepare(sql);
    this.#statements = {
      segment: prepare("INSERT INTO segment (id, count, at, meta, body) VALUES (?, ?, ?, ?, ?)"),
      forget: prepare("DELETE FROM latest WHERE stream = ? AND key = ?"),
      latest: prepare(
        "INSERT INTO latest (id, stream, key, at, timestamp, headers, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      stream: prepare(
        "INSERT INTO stream (id, next) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET next = excluded.next",
      ),
      commit: prepare(
        "INSERT INTO committed (consumers, stream, next, metadata) VALUES (?, ?, ?, ?) " +
          "ON CONFLICT (consumers, stream) DO UPDATE SET next = excluded.next, metadata = excluded.metadata",
      ),
    };
  }

  /** For each stream that has any the offset its next record gets. */
  ends(): Record<string, number> {
    return Object.fromEntries(this.#next);
  }

  /** The offset the next record of a stream gets. */
  end(stream: number): number {
    return this.#next.get(stream) ?? 0;
  }

  /**
   * Writes everything in one transaction and answers where each record is, in the order given, and the streams that
   * grew. After an error nothing of it is in the log.
   */
  write(work: { records: readonly Placed[]; commits: readonly CommitWrite[]; at: number }): {
    positions: readonly Position[];
    grown: ReadonlySet<number>;
  } {
    this.#sync(work.records.every(({ record }) => MARKET_DATA.includes(record.topic)) ? "NORMAL" : "FULL");
    const next = new Map<number, number>();
    const open = new Map<number, SegmentBuilder>();
    const positions: Position[] = [];
    transaction(this.#database, () => {
      for (const { record, partition } of work.records) {
        const stream = streamOf(record.topic, partition);
        const offset = next.get(stream) ?? this.end(stream);
        if (isCompacted(record.topic)) this.#writeLatest(record, stream, offset, work.at);
        else this.#gather(record, stream, offset, open, work.at);
        next.set(stream, offset + 1);
        positions.push({ topic: record.topic, partition, offset });
      }
      for (const [stream, segment] of open) this.#writeSegment(stream, segment, work.at);
      for (const [stream, offset] of next) this.#statements.stream.run(stream, offset);
      for (const commit of work.commits) {
        this.#statements.commit.run(commit.group, commit.stream, commit.offset, commit.metadata);
      }
    });
    for (const [stream, offset] of next) this.#next.set(stream, offset);
    return { positions, grown: new Set(next.keys()) };
  }

  /**
   * Writes as much as a busy moment does and takes it away again: a write of a few bytes may find room in a full disk's
   * last page.
   */
  probe(): void {
    transaction(this.#database, () => {
      this.#database.prepare(
        "INSERT INTO setting (name, value) VALUES ('probe', hex(randomblob(?))) " +
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      ).run(PROBE_BYTES / 2);
    });
    transaction(this.#database, () => this.#database.exec("DELETE FROM setting WHERE name = 'probe'"));
  }

  #gather(
    record: NewRecord,
    stream: number,
    offset: number,
    open: Map<number, SegmentBuilder>,
    at: number,
  ): void {
    let segment = open.get(stream);
    if (segment && (segment.count >= SEGMENT_RECORDS || segment.size >= SEGMENT_BYTES)) {
      this.#writeSegment(stream, segment, at);
      segment = undefined;
    }
    if (!segment) open.set(stream, segment = new SegmentBuilder(offset));
    segment.add(record);
  }

  #writeSegment(stream: number, segment: SegmentBuilder, at: number): void {
    this.#statements.segment.run(
      rowId(stream, segment.firstOffset),
      segment.count,
      at,
      segment.meta(),
      segment.body(),
    );
  }

  #writeLatest(record: NewRecord, stream: number, offset: number, at: number): void {
    const { key, timestamp, value } = record;
    const headers = record.headers === undefined ? null : JSON.stringify(record.headers);
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    this.#statements.forget.run(stream, key);
    this.#statements.latest.run(rowId(stream, offset), stream, key, at, timestamp, headers, bytes);
  }

  #sync(mode: "FULL" | "NORMAL"): void {
    if (mode === this.#synchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }
}
