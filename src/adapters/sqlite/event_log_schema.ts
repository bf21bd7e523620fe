import { type Topic, TOPIC_SPECS, TOPICS } from "../../ports/topics.ts";

/** application_id of an event log file: "TBLG". */
export const LOG_APPLICATION_ID = 0x54424c47;

/**
 * The tables of the event log.
 *
 * A *stream* is one partition of one topic. Records are addressed by `stream · 2^40 + offset`, so that one integer key
 * keeps every stream in order. Topics that are not compacted are only ever read in order; they
 * are kept as *segments*: up to 1,024 records in one row, already in the `records` framing, so that reading a batch for
 * the engine copies a few blobs; older ones are packed, many into one and compressed. Compacted topics have a row for each key: writing the key again removes the old row.
 */
export const LOG_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    next INTEGER NOT NULL           -- the offset the next record gets
  ) STRICT;
  CREATE TABLE segment (
    id INTEGER PRIMARY KEY,         -- of its first record
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,            -- when it was written, epoch ms
    meta TEXT NOT NULL,             -- JSON: keys, timestamps, headers
    body BLOB NOT NULL              -- the values in the "records" framing
  ) STRICT;
  CREATE TABLE latest (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    headers TEXT,                   -- JSON, NULL for none
    value BLOB                      -- NULL for a tombstone
  ) STRICT;
  CREATE UNIQUE INDEX latest_key ON latest (stream, key);
  CREATE INDEX latest_tombstone ON latest (at) WHERE value IS NULL;
  CREATE TABLE committed (
    consumers TEXT NOT NULL,        -- the group
    stream INTEGER NOT NULL,
    next INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    PRIMARY KEY (consumers, stream)
  ) STRICT, WITHOUT ROWID;
`,
  `
  ALTER TABLE segment ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;  -- 1: the meta stands in the body, compressed
`,
];

const OFFSETS = 2 ** 40;
const STREAMS_PER_TOPIC = 1024;

/** The number of a partition of a topic. */
export function streamOf(topic: Topic, partition: number): number {
  return TOPIC_SPECS[topic].stream + partition;
}

/** Losing the last moments of these in a power cut costs a gap in the prices; of any other topic, a promise. */
export const MARKET_DATA: readonly Topic[] = ["trades", "quotes"];

/** The topic of a stream's number; undefined for one that is none of ours. */
export function topicOf(stream: number): Topic | undefined {
  return TOPICS.find((topic) => {
    const { stream: first, spread } = TOPIC_SPECS[topic];
    return stream >= first && stream < first + (spread === "one" ? 1 : STREAMS_PER_TOPIC);
  });
}

/** Whether a stream has trades or quotes. */
export function isMarketStream(stream: number): boolean {
  const topic = topicOf(stream);
  return topic !== undefined && MARKET_DATA.includes(topic);
}

/** The row id of a record. */
export function rowId(stream: number, offset: number): number {
  return stream * OFFSETS + offset;
}

/** The offset within its stream of a row id. */
export function offsetOf(id: number): number {
  return id - Math.floor(id / OFFSETS) * OFFSETS;
}

/** The row id after the last one a stream can have. */
export function rowIdEnd(stream: number): number {
  return (stream + 1) * OFFSETS;
}
