import type { DatabaseSync } from "node:sqlite";
import { OutsideError } from "../../core/errors.ts";
import { pragma } from "./database.ts";
import { isMarketStream, topicOf } from "./event_log_schema.ts";
import { type LogMark, markPath } from "./log_mark.ts";

/** The id of a log, made with it; a copy has the same. */
export function logId(database: DatabaseSync): string {
  database.prepare("INSERT INTO setting (name, value) VALUES ('id', ?) ON CONFLICT DO NOTHING")
    .run(crypto.randomUUID());
  return String(database.prepare("SELECT value FROM setting WHERE name = 'id'").get()?.value);
}

/**
 * Refuses a file whose end is missing. SQLite itself finds out only once it comes to a page that is not there.
 *
 * @throws {OutsideError} `database_unusable`
 */
export function requireWhole(database: DatabaseSync, path: string): void {
  // What stands in the write-ahead log is brought home first: until then the file may well be shorter.
  const { busy } = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() ?? {};
  if (Number(busy) !== 0) return;
  const expected = pragma(database, "page_count") * pragma(database, "page_size");
  const { size } = Deno.statSync(path);
  if (size >= expected) return;
  throw new OutsideError(
    "database_unusable",
    `${path} is cut off: it has ${size} of ${expected} bytes; restore it from a backup (tickbell restore)`,
    { retryable: false },
  );
}

/**
 * What is missing of a log: acknowledged records that are not in the file, because the end of its write-ahead log is
 * gone, or because an older copy, or another log, was put in its place. Undefined: nothing that was promised.
 */
export function lossOf(
  database: DatabaseSync,
  { path, id, mark }: { readonly path: string; readonly id: string; readonly mark: LogMark },
): string | undefined {
  const at = new Date(mark.at).toISOString();
  if (mark.log !== id) {
    return `${path} is another log than the one that was here until ${at} (${
      markPath(path)
    } distinguishes them)`;
  }
  const ends = new Map(
    database.prepare("SELECT id, next FROM stream").all().map(({ id, next }) => [Number(id), Number(next)]),
  );
  const missing = new Map<string, number>();
  for (const [stream, end] of Object.entries(mark.ends)) {
    const number = Number(stream);
    const lost = end - (ends.get(number) ?? 0);
    // A power cut may take the last moments of prices: that is no promise broken.
    if (lost <= 0 || isMarketStream(number)) continue;
    const topic = topicOf(number) ?? stream;
    missing.set(topic, (missing.get(topic) ?? 0) + lost);
  }
  if (missing.size === 0) return undefined;
  const what = [...missing].map(([topic, count]) => `${count} of ${topic}`).join(", ");
  return `the end of ${path} is gone: acknowledged records are missing (${what}; the last was written ${at}). ` +
    "Was events.db-wal removed, or an older copy put here? Restore a backup (tickbell restore), or make them again";
}
