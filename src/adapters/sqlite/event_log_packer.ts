import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isCompacted, type Topic, TOPICS } from "../../ports/topics.ts";
import { transaction } from "./database.ts";
import { rowId, rowIdEnd, streamOf } from "./event_log_schema.ts";
import { packSegment } from "./event_log_pack.ts";
import { concat } from "./event_log_segment.ts";

/** Segments are packed when they are this old, in ms: until then they are read the most, by roles that keep up. */
const AGE_MS = 10_000;
/** A pack that is not full is made when its first segment is this old, in ms. */
const LATE_MS = 15 * 60_000;
/** A pack is full at this many records or bytes. */
const PACK_RECORDS = 2048;
const PACK_BYTES = 256 * 1024;
/** Segments of one pack, at most: a quiet feed writes one for each trade. */
const PACK_ROWS = 2048;

interface Row {
  readonly id: number;
  readonly count: number;
  readonly at: number;
  readonly meta: string;
  readonly body: Uint8Array;
}

/**
 * Packs older segments: those of a stream that follow one another become one, compressed. What a moment's append wrote is
 * small and read at once; what is kept for days is large, and seldom read.
 */
export class Packer {
  readonly #database: DatabaseSync;
  readonly #partitions: (topic: Topic) => number;
  readonly #rows: StatementSync;
  readonly #forget: StatementSync;
  readonly #keep: StatementSync;
  /** For each stream the row before which everything is packed. */
  readonly #done = new Map<number, number>();

  constructor(options: { database: DatabaseSync; partitions: (topic: Topic) => number }) {
    this.#database = options.database;
    this.#partitions = options.partitions;
    this.#rows = options.database.prepare(
      "SELECT id, count, at, meta, body FROM segment " +
        "WHERE id >= ? AND id < ? AND packed = 0 AND at < ? ORDER BY id LIMIT ?",
    );
    this.#forget = options.database.prepare("DELETE FROM segment WHERE id >= ? AND id <= ?");
    this.#keep = options.database.prepare(
      "INSERT INTO segment (id, count, at, meta, body, packed) VALUES (?, ?, ?, '', ?, 1)",
    );
  }

  /**
   * Makes one pack of each stream that has enough for one.
   *
   * @returns whether there may be more to do now.
   */
  step(now: number): boolean {
    let more = false;
    for (const topic of TOPICS) {
      if (isCompacted(topic)) continue;
      for (let partition = 0; partition < this.#partitions(topic); partition++) {
        if (this.#pack(streamOf(topic, partition), now)) more = true;
      }
    }
    return more;
  }

  #pack(stream: number, now: number): boolean {
    const from = this.#done.get(stream) ?? rowId(stream, 0);
    const group: Row[] = [];
    let records = 0;
    let bytes = 0;
    let full = false;
    // A page at a time: a busy feed's segments are large, a quiet one's many.
    for (let next = from; !full && group.length < PACK_ROWS;) {
      const rows = this.#rows.all(next, rowIdEnd(stream), now - AGE_MS, 64).map(toRow);
      for (const row of rows) {
        const last = group.at(-1);
        full = last !== undefined && (last.id + last.count !== row.id || records >= PACK_RECORDS ||
          bytes >= PACK_BYTES || group.length >= PACK_ROWS);
        if (full) break;
        group.push(row);
        records += row.count;
        bytes += row.body.length;
      }
      if (rows.length < 64) break;
      next = rows.at(-1)!.id + 1;
    }
    const [first] = group;
    if (first === undefined) return false;
    if (!full && records < PACK_RECORDS && bytes < PACK_BYTES && now - first.at < LATE_MS) return false;
    this.#replace(group, records);
    this.#done.set(stream, group.at(-1)!.id + 1);
    return true;
  }

  #replace(group: readonly Row[], records: number): void {
    const [first, last] = [group[0]!, group.at(-1)!];
    const packed = packSegment(group.map(({ meta }) => meta), concat(group.map(({ body }) => body)));
    transaction(this.#database, () => {
      this.#forget.run(first.id, last.id);
      // The newest of its times: it goes with the last of its records.
      this.#keep.run(first.id, records, last.at, packed);
    });
  }
}

function toRow(row: Record<string, unknown>): Row {
  return {
    id: Number(row.id),
    count: Number(row.count),
    at: Number(row.at),
    meta: String(row.meta),
    body: row.body as Uint8Array,
  };
}
