import type { DatabaseSync } from "node:sqlite";
import { InputError, messageOf } from "../../core/errors.ts";
import { decodeRule, isRuleKey } from "../../rules/codec.ts";
import { openDatabase } from "./database.ts";
import { LOG_APPLICATION_ID, LOG_MIGRATIONS, offsetOf, topicOf } from "./event_log_schema.ts";
import { segmentOfRow } from "./event_log_pack.ts";
import { decodeSegment } from "./event_log_segment.ts";
import { logId, lossOf, requireWhole } from "./log_checks.ts";
import { readMark, requireFile } from "./log_mark.ts";
import { openSeriesDatabase } from "./series_schema.ts";

/** What was found of one part of a data directory. */
export interface Finding {
  readonly part: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Reads the event log of a data directory whole: the database's own structure, that every record can be read back, that
 * every rule is one, that what was acknowledged is there. The log must not be in use.
 *
 * @throws {OutsideError} `database_in_use`
 */
export function verifyLog(path: string): Finding[] {
  const mark = readMark(path);
  let database: DatabaseSync;
  try {
    requireFile(path, mark);
    requireContent(path);
    database = openDatabase({ path, applicationId: LOG_APPLICATION_ID, migrations: LOG_MIGRATIONS });
    requireWhole(database, path);
  } catch (thrown) {
    return [failed("event log", thrown)];
  }
  try {
    const loss = mark && lossOf(database, { path, id: logId(database), mark });
    return [
      structure("event log", database),
      records(database),
      rules(database),
      commits(database),
      mark === undefined
        ? { part: "acknowledged records", ok: true, detail: "not known: there is no mark beside the log" }
        : { part: "acknowledged records", ok: loss === undefined, detail: loss ?? "all there" },
    ];
  } finally {
    database.close();
  }
}

/**
 * Reads the structure of the price series.
 *
 * @throws {OutsideError} `database_in_use`
 */
export function verifySeries(path: string): Finding[] {
  try {
    requireContent(path);
    const database = openSeriesDatabase(path);
    try {
      return [structure("price series", database)];
    } finally {
      database.close();
    }
  } catch (thrown) {
    return [failed("price series", thrown)];
  }
}

/** A file that is missing or empty would be made by opening it. */
function requireContent(path: string): void {
  if (Deno.statSync(path).size === 0) throw new Error("is empty");
}

function failed(part: string, thrown: unknown): Finding {
  if ((thrown as { code?: string }).code === "database_in_use") throw thrown;
  const detail = thrown instanceof Deno.errors.NotFound ? "is not there" : messageOf(thrown);
  return { part, ok: false, detail };
}

function structure(part: string, database: DatabaseSync): Finding {
  const faults = database.prepare("PRAGMA integrity_check(10)").all().map((row) =>
    String(Object.values(row)[0])
  );
  const ok = faults.length === 1 && faults[0] === "ok";
  return { part, ok, detail: ok ? "sound" : faults.join("; ") };
}

/** Reads every segment back, and counts the records by topic. */
function records(database: DatabaseSync): Finding {
  const counts = new Map<string, number>();
  const faults: string[] = [];
  const count = (topic: string, more: number) => counts.set(topic, (counts.get(topic) ?? 0) + more);
  for (const row of database.prepare("SELECT id, count, meta, body, packed FROM segment").iterate()) {
    const [id, expected] = [Number(row.id), Number(row.count)];
    const stream = Math.floor(id / 2 ** 40);
    const topic = topicOf(stream);
    try {
      const read = decodeSegment(
        { topic: topic ?? "trades", partition: 0, ...segmentOfRow(row) },
        { from: 0, to: Infinity },
      );
      if (topic === undefined) throw new Error(`belongs to no topic (stream ${stream})`);
      if (read.length !== expected) throw new Error(`has ${read.length} of ${expected} records`);
      if (read[0]?.offset !== offsetOf(id)) throw new Error("begins at another offset than it says");
      count(topic, expected);
    } catch (thrown) {
      faults.push(`segment ${id}: ${messageOf(thrown)}`);
    }
  }
  for (const row of database.prepare("SELECT stream, count(*) AS n FROM latest GROUP BY stream").all()) {
    count(topicOf(Number(row.stream)) ?? `stream ${row.stream}`, Number(row.n));
  }
  const detail = [...counts].map(([topic, n]) => `${n.toLocaleString("en-US")} of ${topic}`).join(", ");
  return faults.length === 0
    ? { part: "records", ok: true, detail: detail === "" ? "none" : detail }
    : { part: "records", ok: false, detail: faults.slice(0, 10).join("; ") };
}

function rules(database: DatabaseSync): Finding {
  let count = 0;
  const faults: string[] = [];
  for (
    const row of database.prepare("SELECT stream, key, value FROM latest WHERE value IS NOT NULL").iterate()
  ) {
    if (topicOf(Number(row.stream)) !== "rules" || !isRuleKey(String(row.key))) continue;
    try {
      decodeRule(row.value as Uint8Array);
      count++;
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      faults.push(`${row.key}: ${thrown.message}`);
    }
  }
  return faults.length === 0
    ? { part: "rules", ok: true, detail: `${count.toLocaleString("en-US")} in force or paused` }
    : { part: "rules", ok: false, detail: faults.slice(0, 10).join("; ") };
}

/** A group that has committed more than there is would skip what comes next. */
function commits(database: DatabaseSync): Finding {
  const ahead = database.prepare(
    "SELECT c.consumers AS role, c.stream AS stream, c.next - s.next AS n FROM committed c " +
      "JOIN stream s ON s.id = c.stream WHERE c.next > s.next",
  ).all();
  if (ahead.length === 0) return { part: "positions of the roles", ok: true, detail: "within the log" };
  const detail = ahead.map(({ role, stream, n }) => `${role} is ${n} ahead of ${topicOf(Number(stream))}`);
  return { part: "positions of the roles", ok: false, detail: detail.join("; ") };
}
