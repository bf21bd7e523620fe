import type { DatabaseSync } from "node:sqlite";
import { isCompacted, type Retention, type Topic, TOPIC_SPECS, TOPICS } from "../../ports/topics.ts";
import { pragma, transaction } from "./database.ts";
import { rowId, rowIdEnd, streamOf } from "./event_log_schema.ts";

/** How long records are kept. */
export interface LogRetention {
  /** Age in ms since they were written. */
  readonly ageMs: Readonly<Record<Retention, number>>;
  /** Tombstones of compacted topics are kept this long, in ms: a reader that was away for longer may miss a deletion. */
  readonly tombstoneMs: number;
  /** When the file has more than this many bytes, the oldest trades and quotes go. */
  readonly maxBytes: number;
}

const HOUR = 3_600_000;

/** Prices for a day, candles and what was decided for a month, the audit for two years; at most 4 GiB. */
export const DEFAULT_RETENTION: LogRetention = {
  ageMs: {
    prices: 24 * HOUR,
    decisions: 30 * 24 * HOUR,
    candles: 30 * 24 * HOUR,
    audit: 730 * 24 * HOUR,
  },
  tombstoneMs: 24 * HOUR,
  maxBytes: 4 * 2 ** 30,
};

/** Rows deleted, pages handed back, at most, in one go: a few milliseconds. */
const ROWS = 256;
/** Of each partition, when the file is too large: a segment may have 256 KiB. */
const ROWS_OF_TOO_MUCH = 8;
const PAGES = 2048;

/** Removes what is too old or too much, a little at a time. */
export class Pruner {
  #database: DatabaseSync;
  #retention: LogRetention;
  #partitions: (topic: Topic) => number;

  constructor(options: {
    database: DatabaseSync;
    retention: LogRetention;
    partitions: (topic: Topic) => number;
  }) {
    this.#database = options.database;
    this.#retention = options.retention;
    this.#partitions = options.partitions;
  }

  /**
   * One slice of work.
   *
   * @param now epoch ms; `-Infinity` while the time is not to be believed: then nothing goes for its age.
   * @returns whether there is more to do now.
   */
  prune(now: number): boolean {
    const deleted = transaction(this.#database, () => {
      let most = this.#tombstones(now);
      for (const topic of TOPICS) {
        const { retention } = TOPIC_SPECS[topic];
        if (retention === undefined) continue;
        const cutoff = now - this.#retention.ageMs[retention];
        for (let partition = 0; partition < this.#partitions(topic); partition++) {
          most = Math.max(most, this.#oldest(topic, partition, cutoff));
        }
      }
      return Math.max(most, this.#tooMuch());
    });
    // A step frees one page, and `exec` takes only one step.
    this.#database.prepare(`PRAGMA incremental_vacuum(${PAGES})`).all();
    return deleted >= ROWS;
  }

  #tombstones(now: number): number {
    const cutoff = now - this.#retention.tombstoneMs;
    return Number(
      this.#database.prepare(
        "DELETE FROM latest WHERE id IN (SELECT id FROM latest WHERE value IS NULL AND at < ? LIMIT ?)",
      ).run(cutoff, ROWS).changes,
    );
  }

  /** Rows are written in order of time, so the old ones are the first ones. */
  #oldest(topic: Topic, partition: number, cutoff: number): number {
    const table = isCompacted(topic) ? "latest" : "segment";
    const stream = streamOf(topic, partition);
    return Number(
      this.#database.prepare(
        `DELETE FROM ${table} WHERE at < ? AND id IN ` +
          `(SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)`,
      ).run(cutoff, rowId(stream, 0), rowIdEnd(stream), ROWS).changes,
    );
  }

  /** @returns {@link ROWS} as long as there is still too much, else 0. */
  #tooMuch(): number {
    if (this.#used() <= this.#retention.maxBytes) return 0;
    let deleted = 0;
    for (const topic of ["trades", "quotes"] as const) {
      for (let partition = 0; partition < this.#partitions(topic); partition++) {
        const stream = streamOf(topic, partition);
        deleted += Number(
          this.#database.prepare(
            "DELETE FROM segment WHERE id IN (SELECT id FROM segment WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)",
          ).run(rowId(stream, 0), rowIdEnd(stream), ROWS_OF_TOO_MUCH).changes,
        );
      }
    }
    return deleted > 0 && this.#used() > this.#retention.maxBytes ? ROWS : 0;
  }

  /** Bytes of the file that have something. */
  #used(): number {
    const pages = pragma(this.#database, "page_count") - pragma(this.#database, "freelist_count");
    return pages * pragma(this.#database, "page_size");
  }
}
