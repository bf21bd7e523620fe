import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Committed, LogRecord, RawBatch, RecordBatch, Topic } from "../../ports/event_log.ts";
import { arrivalsOf } from "../../ports/arrival.ts";
import { isCompacted } from "../../ports/topics.ts";
import { offsetOf, rowId, rowIdEnd, streamOf } from "./event_log_schema.ts";
import { segmentOfRow } from "./event_log_pack.ts";
import { concat, cutFront, decodeSegment, SegmentBuilder } from "./event_log_segment.ts";

/** A batch is closed at this many records or bytes of values; one record alone may be larger. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** What is to be read: records with offsets in `[from, to)`; `to` is at most the stream's end. */
export interface ReadRange {
  readonly topic: Topic;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Reads batches, bounds and commits. */
export class LogReader {
  #limits: BatchLimits;
  #statements: Record<"bodies" | "segments" | "latest" | "first" | "firstLatest" | "commit", StatementSync>;

  constructor(database: DatabaseSync, limits: BatchLimits) {
    this.#limits = limits;
    const prepare = (sql: string) => database.prepare(sql);
    // The segment that has `from` may begin before it.
    const segments =
      "FROM segment WHERE id >= coalesce((SELECT id FROM segment WHERE id <= ?1 AND id >= ?2 " +
      "ORDER BY id DESC LIMIT 1), ?1) AND id < ?3 ORDER BY id LIMIT ?4";
    this.#statements = {
      bodies: prepare(`SELECT id, count, body, packed ${segments}`),
      segments: prepare(`SELECT id, count, meta, body, packed ${segments}`),
      latest: prepare(
        "SELECT id, key, timestamp, headers, value FROM latest WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
      ),
      first: prepare("SELECT min(id) AS id FROM segment WHERE id >= ? AND id < ?"),
      firstLatest: prepare("SELECT min(id) AS id FROM latest WHERE id >= ? AND id < ?"),
      commit: prepare("SELECT next, metadata FROM committed WHERE consumers = ? AND stream = ?"),
    };
  }

  /** The first offset that is there; `end` when nothing is. */
  start(topic: Topic, partition: number, end: number): number {
    const stream = streamOf(topic, partition);
    const statement = isCompacted(topic) ? this.#statements.firstLatest : this.#statements.first;
    const id = statement.get(rowId(stream, 0), rowIdEnd(stream))?.id;
    return id === null || id === undefined ? end : offsetOf(Number(id));
  }

  committed(group: string, stream: number): Committed | null {
    const row = this.#statements.commit.get(group, stream);
    return row ? { offset: Number(row.next), metadata: String(row.metadata) } : null;
  }

  /** The next batch of decoded records; it has no records when there are none before `to`. */
  read(range: ReadRange): RecordBatch {
    const { topic, partition } = range;
    const records: LogRecord[] = [];
    let bytes = 0;
    const full = () => records.length >= this.#limits.records || bytes >= this.#limits.bytes;
    if (isCompacted(topic)) {
      for (const row of this.#latestRows(range)) {
        if (full()) break;
        const record = toRecord(row, topic, partition);
        bytes += record.value?.length ?? 0;
        records.push(record);
      }
    } else {
      for (const row of this.#segmentRows(this.#statements.segments, range)) {
        const { meta, body } = segmentOfRow(row);
        for (const record of decodeSegment({ topic, partition, body, meta }, range)) records.push(record);
        bytes += body.length;
        if (full()) break;
      }
    }
    const last = records.at(-1);
    const nextOffset = last && full() ? last.offset + 1 : range.to;
    return { topic, partition, records, nextOffset, endOffset: range.to };
  }

  /** The next batch in the `records` framing; its bytes are empty when there is nothing before `to`. */
  readRaw(range: ReadRange): RawBatch {
    const { topic, partition, from } = range;
    const raw = isCompacted(topic) ? this.#rawLatest(range) : this.#rawSegments(range);
    const arrivalOf = arrivalsOf(() => this.#recordsOf({ ...range, to: raw.nextOffset }));
    return { topic, partition, framing: "records", fromOffset: from, endOffset: range.to, ...raw, arrivalOf };
  }

  /** All records of a range. */
  *#recordsOf(range: ReadRange): Iterable<LogRecord> {
    for (let from = range.from; from < range.to;) {
      const batch = this.read({ ...range, from });
      yield* batch.records;
      from = batch.nextOffset;
    }
  }

  #rawSegments(range: ReadRange): Pick<RawBatch, "bytes" | "nextOffset"> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    let records = 0;
    let nextOffset = range.to;
    for (const row of this.#segmentRows(this.#statements.bodies, range)) {
      const first = offsetOf(Number(row.id));
      const after = first + Number(row.count);
      if (after <= range.from) continue;
      const { body: whole } = segmentOfRow(row);
      const body = first < range.from ? cutFront(whole, range.from) : whole;
      pieces.push(body);
      bytes += body.length;
      records += Number(row.count);
      if (bytes < this.#limits.bytes && records < this.#limits.records) continue;
      nextOffset = after;
      break;
    }
    return { bytes: concat(pieces), nextOffset };
  }

  #rawLatest(range: ReadRange): Pick<RawBatch, "bytes" | "nextOffset"> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for (const row of this.#latestRows(range)) {
      const record = toRecord(row, range.topic, range.partition);
      // One record a segment: offsets of a compacted topic are not dense.
      const framed = new SegmentBuilder(record.offset);
      framed.add(record);
      pieces.push(framed.body());
      bytes += framed.size;
      if (bytes < this.#limits.bytes && pieces.length < this.#limits.records) continue;
      return { bytes: concat(pieces), nextOffset: record.offset + 1 };
    }
    return { bytes: concat(pieces), nextOffset: range.to };
  }

  #segmentRows(statement: StatementSync, range: ReadRange): Iterable<Record<string, unknown>> {
    const stream = streamOf(range.topic, range.partition);
    const end = rowId(stream, range.to);
    const first = rowId(stream, range.from);
    return inPages((after, most) => {
      const next = after && Number(after.id) + Number(after.count);
      return statement.all(next ?? first, next ?? rowId(stream, 0), end, most);
    });
  }

  #latestRows(range: ReadRange): Iterable<Record<string, unknown>> {
    const stream = streamOf(range.topic, range.partition);
    const end = rowId(stream, range.to);
    return inPages((after, most) =>
      this.#statements.latest.all(after ? Number(after.id) + 1 : rowId(stream, range.from), end, most)
    );
  }
}

const FIRST_PAGE = 4;
const LAST_PAGE = 64;

/**
 * Rows, a page at a time, each page twice the one before: whoever stops early has not read much for nothing. Not by the
 * statement's own iterator: what that hands out outlives V8's quick collections, and a busy log then fills the heap until
 * a full one stops everything for a tenth of a second.
 *
 * @param page reads the rows after one (undefined: from the first), at most so many.
 */
function* inPages(
  page: (after: Record<string, unknown> | undefined, most: number) => Record<string, unknown>[],
): Iterable<Record<string, unknown>> {
  let after: Record<string, unknown> | undefined;
  for (let most = FIRST_PAGE;; most = Math.min(2 * most, LAST_PAGE)) {
    const rows = page(after, most);
    yield* rows;
    if (rows.length < most) return;
    after = rows.at(-1);
  }
}

function toRecord(row: Record<string, unknown>, topic: Topic, partition: number): LogRecord {
  return {
    topic,
    partition,
    offset: offsetOf(Number(row.id)),
    key: String(row.key),
    value: row.value as Uint8Array | null,
    timestamp: Number(row.timestamp),
    headers: row.headers === null ? {} : JSON.parse(String(row.headers)),
  };
}
