import { assert, InputError } from "../core/errors.ts";
import { deadLetter } from "./dead_letter.ts";
import type { EventLog, LogRecord, NewRecord, Position, Topic } from "../ports/event_log.ts";
import { recordsOf } from "./records_of.ts";

/**
 * The dead letters: examining them, and putting them back to where they came from.
 *
 * @module
 */

/**
 * The header of a record that was put back. On the alerts topic the notifier then takes up deliveries that ended without
 * being sent: of the recipient that the header `recipient` names, or of all where there is none.
 */
export const REDRIVEN_HEADER = "redriven";
/** The header's value that has also what was sent be sent once more: somebody asked for it. */
export const REDELIVER = "any";

/** Which ended deliveries an alert's record takes up again. */
export function redriveOf(headers: Readonly<Record<string, string>>): false | "unsent" | "any" {
  const value = headers[REDRIVEN_HEADER];
  if (value === undefined) return false;
  return value === REDELIVER ? "any" : "unsent";
}

/** A dead letter as it is read. */
export interface StoredDeadLetter {
  /** Its offset on the `deadletter` topic: what it is called. */
  readonly id: number;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly code: string;
  readonly reason: string;
  readonly role: string;
  readonly origin: string;
  /** Epoch ms. */
  readonly at: number;
  /** The other headers: `recipient`, `alert`, … */
  readonly headers: Readonly<Record<string, string>>;
  /** When it was last put back, epoch ms; null: never. */
  readonly redrivenAt: number | null;
}

export interface DeadLetterFilter {
  readonly role?: string;
  readonly code?: string;
  /** Only those with a lower id: the page before. */
  readonly before?: number;
  /** At most this many, the newest. */
  readonly limit: number;
  /** How many records before `before` are examined, at most; all by default. */
  readonly scanLimit?: number;
}

/** What may be put back: a rule or a ledger entry is not handled twice by being written twice. */
const REDRIVABLE: readonly Topic[] = ["trades", "quotes", "alerts"];

/** Where dead letters are. */
const LETTERS = { topic: "deadletter", partition: 0 } as const;
/** Marks on the `deadletter` topic which letter was put back. */
const MARK_PREFIX = "redriven:";
const MARK_CODE = "redriven";

/** Records that are read at once. */
const CHUNK = 1_000;

/**
 * The newest dead letters that pass the filter, newest first, and the `before` of the next page, which may be empty; null
 * when there is none.
 */
export async function listDeadLetters(
  log: EventLog,
  filter: DeadLetterFilter,
): Promise<{ readonly data: readonly StoredDeadLetter[]; readonly next: number | null }> {
  const { limit, scanLimit = Infinity } = filter;
  const { start, end } = await log.bounds("deadletter", 0);
  const before = Math.min(end, filter.before ?? end);
  const floor = Math.max(start, before - scanLimit);
  const data: StoredDeadLetter[] = [];
  const redriven = new Map<number, number>();
  // From the end, also for a later page: the mark of a letter that was put back stands after it.
  for (let at = end; at > floor && data.length < limit;) {
    const from = Math.max(floor, at - CHUNK);
    const records = await Array.fromAsync(recordsOf(log, { ...LETTERS, from, to: at }));
    for (const record of records.reverse()) {
      if (noteMark(record, redriven) || record.offset >= before || data.length === limit) continue;
      const letter = letterOf(record);
      if (filter.role !== undefined && letter.role !== filter.role) continue;
      if (filter.code !== undefined && letter.code !== filter.code) continue;
      data.push({ ...letter, redrivenAt: redriven.get(letter.id) ?? null });
    }
    at = from;
  }
  const seen = data.length === limit ? data.at(-1)?.id ?? floor : floor;
  return { data, next: seen > start ? seen : null };
}

/** One dead letter; undefined when there is none of that id. */
export async function findDeadLetter(log: EventLog, id: number): Promise<StoredDeadLetter | undefined> {
  let found: StoredDeadLetter | undefined;
  const redriven = new Map<number, number>();
  const { start, end } = await log.bounds("deadletter", 0);
  if (id < start) return undefined;
  for await (const record of recordsOf(log, { ...LETTERS, from: id, to: end })) {
    if (!noteMark(record, redriven) && record.offset === id) found = letterOf(record);
  }
  return found && { ...found, redrivenAt: redriven.get(id) ?? null };
}

/**
 * Puts a dead letter's bytes back on the topic they came from, to be handled again.
 *
 * @throws {InputError} `no_such_dead_letter`; `not_redrivable` when it came from no topic, or from one that is not read
 * by a role.
 */
export async function redriveDeadLetter(
  log: EventLog,
  id: number,
  at: number,
): Promise<StoredDeadLetter & { readonly redrivenTo: Position }> {
  const letter = await findDeadLetter(log, id);
  if (letter === undefined) {
    throw refused("no_such_dead_letter", "there is no dead letter of this id; see deadletters list", id);
  }
  const topic = topicOf(letter.origin);
  if (topic === undefined) {
    throw refused("not_redrivable", `it came from ${letter.origin}, where it cannot be put back`, id);
  }
  if (letter.bytes.length === 0 || letter.headers.cutFromBytes !== undefined) {
    throw refused("not_redrivable", "its bytes are not all there", id);
  }
  const record: NewRecord = {
    topic,
    key: letter.key,
    value: letter.bytes,
    timestamp: topic === "alerts" ? eventTimeOf(letter) : letter.at,
    headers: {
      [REDRIVEN_HEADER]: "1",
      ...(letter.headers.recipient === undefined ? {} : { recipient: letter.headers.recipient }),
    },
  };
  const mark = deadLetter({
    key: `${MARK_PREFIX}${id}`,
    bytes: new Uint8Array(),
    code: MARK_CODE,
    reason: `dead letter ${id} was put back on ${topic}`,
    role: "operator",
    origin: `deadletter/0/${id}`,
    at,
  });
  const [redrivenTo] = await log.append([record]);
  assert(redrivenTo !== undefined, "an append answers a position for each record");
  await log.append([mark]);
  return { ...letter, redrivenAt: at, redrivenTo };
}

/** Whether a record of the `deadletter` topic is no dead letter, but notes that one was put back; the last time counts. */
function noteMark({ key, headers, timestamp }: LogRecord, redriven: Map<number, number>): boolean {
  if (!key.startsWith(MARK_PREFIX) || headers.code !== MARK_CODE) return false;
  const id = Number(key.slice(MARK_PREFIX.length));
  redriven.set(id, Math.max(timestamp, redriven.get(id) ?? 0));
  return true;
}

function letterOf(record: LogRecord): StoredDeadLetter {
  const { code = "", reason = "", role = "", origin = "", at: _at, ...headers } = record.headers;
  return {
    id: record.offset,
    key: record.key,
    bytes: record.value ?? new Uint8Array(),
    code,
    reason,
    role,
    origin,
    at: record.timestamp,
    headers,
    redrivenAt: null,
  };
}

/** The topic of `alerts/3/1042`. */
function topicOf(origin: string): Topic | undefined {
  const topic = /^([a-z]+)\/\d+\/\d+$/.exec(origin)?.[1];
  return REDRIVABLE.find((known) => known === topic);
}

/** An alert's record has its event time; anything else keeps the time it was given up. */
function eventTimeOf(letter: StoredDeadLetter): number {
  const match = /"eventTime":(\d{1,15})\b/.exec(new TextDecoder().decode(letter.bytes));
  return match === null ? letter.at : Number(match[1]);
}

function refused(code: string, reason: string, id: number): InputError {
  return new InputError(code, [{ field: "id", code, reason, value: id }]);
}
