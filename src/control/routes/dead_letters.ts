import { encodeBase64 } from "hono/utils/encode";
import { InputError } from "../../core/errors.ts";
import { isRedriveMark, redriveDeadLetter } from "../../ports/dead_letters.ts";
import type { EventLog, LogRecord, Position } from "../../ports/event_log.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import type { Api } from "../http/api.ts";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { DeadLetterDetail, DeadLetterPage, DeadLetterQuery, RedriveView } from "../schemas/operations.ts";
import type { Services } from "./services.ts";

/** How many records are looked at for one page. */
const LOOKED_AT = 20_000;
const CHUNK = 1_000;

/** Dead letters: what could not be handled, with its bytes and reason. They belong to no tenant, so operators only. */
export function addDeadLetterRoutes(api: Api, { deps, topic, audit }: Services): void {
  const { log, clock } = deps;

  api.add({
    method: "get",
    path: "/v1/deadletters",
    operationId: "listDeadLetters",
    summary: "What could not be handled, the newest first",
    tag: "dead letters",
    access: "operator",
    query: DeadLetterQuery,
    answers: { 200: { description: "A page of dead letters", schema: DeadLetterPage } },
  }, async ({ c, query }) => {
    const limit = query.limit ?? 100;
    const { start, end } = await log.bounds("deadletter", 0);
    const cursor = query.cursor === undefined
      ? undefined
      : Number(decodeCursor(query.cursor, "-offset", 1)[0]);
    const found: LogRecord[] = [];
    let at = Math.min(end, cursor ?? end);
    const floor = Math.max(start, at - LOOKED_AT);
    // Backwards a chunk at a time, until the page is full or enough has been looked at.
    while (at > floor && found.length < limit) {
      const from = Math.max(floor, at - CHUNK);
      const chunk: LogRecord[] = [];
      for await (const batch of log.read({ topic: "deadletter", partition: 0, from, to: at })) {
        chunk.push(...batch.records.filter((record) => matches(record, query)));
      }
      found.push(...chunk.reverse().slice(0, limit - found.length));
      at = found.length >= limit ? found.at(-1)!.offset : from;
    }
    const nextCursor = at > start ? encodeCursor("-offset", [at]) : null;
    return c.json({ data: found.map(letterView), nextCursor });
  });

  api.add({
    method: "get",
    path: "/v1/deadletters/{id}",
    operationId: "getDeadLetter",
    summary: "One dead letter with its original bytes",
    tag: "dead letters",
    access: "operator",
    answers: { 200: { description: "The dead letter", schema: DeadLetterDetail } },
    failures: [404],
  }, async ({ c, param }) => {
    const record = await find(param("id"));
    const bytes = record.value ?? new Uint8Array();
    return c.json({
      ...letterView(record),
      text: textOf(bytes),
      base64: encodeBase64(new Uint8Array(bytes).buffer),
      headers: { ...record.headers },
    });
  });

  api.add({
    method: "post",
    path: "/v1/deadletters/{id}/redrive",
    operationId: "redriveDeadLetter",
    summary: "Put a dead letter's bytes back on the topic they came from",
    description: "For trades, quotes and alerts. What is put back is handled as if it had just come.",
    tag: "dead letters",
    access: "operator",
    answers: { 200: { description: "Where it is now", schema: RedriveView } },
    failures: [404, 409],
  }, async ({ c, who, param }) => {
    const record = await find(param("id"));
    const position = await redriven(log, record.offset, clock.now());
    const entry = { action: "deadletter.redriven", target: param("id"), before: null, after: position };
    await topic.append([audit.record(entry, { who, requestId: c.get("requestId") })]);
    return c.json({ ...position });
  });

  async function find(id: string): Promise<LogRecord> {
    const offset = /^\d{1,15}$/.test(id) ? Number(id) : NaN;
    const { start, end } = await log.bounds("deadletter", 0);
    if (!(offset >= start && offset < end)) throw notFound("dead letter", id);
    for await (const batch of log.read({ topic: "deadletter", partition: 0, from: offset, to: offset + 1 })) {
      for (const record of batch.records) {
        if (record.offset === offset && !isRedriveMark(record)) return record;
      }
    }
    throw notFound("dead letter", id);
  }
}

/** @throws {HttpProblem} 409 when it did not come from a topic that can take it. */
async function redriven(log: EventLog, offset: number, now: number): Promise<Position> {
  try {
    return (await redriveDeadLetter(log, offset, now)).redrivenTo;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpProblem(409, "not_redrivable", error.message);
  }
}

function matches(record: LogRecord, query: { code?: string; role?: string }): boolean {
  const { headers } = record;
  return !isRedriveMark(record) && (query.code === undefined || headers.code === query.code) &&
    (query.role === undefined || headers.role === query.role);
}

function letterView(record: LogRecord) {
  const { headers } = record;
  return {
    id: String(record.offset),
    at: headers.at ?? formatInstant(Math.max(0, record.timestamp)),
    key: record.key,
    code: headers.code ?? "",
    reason: headers.reason ?? "",
    role: headers.role ?? "",
    origin: headers.origin ?? "",
    size: record.value?.length ?? 0,
  };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
