import { InputError } from "../../core/errors.ts";
import {
  findDeadLetter,
  listDeadLetters,
  redriveDeadLetter,
  type StoredDeadLetter,
} from "../../books/dead_letters.ts";
import type { EventLog, Position } from "../../ports/event_log.ts";
import { type Route, route } from "./route_table.ts";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { DeadLetterDetail, DeadLetterPage, DeadLetterQuery, RedriveView } from "../schemas/operations.ts";
import { deadLetterDetail, deadLetterView } from "../views.ts";
import { actorOf } from "../http/request_parts.ts";

/** How many records are examined for one page. */
const SCAN_LIMIT = 20_000;

const list = route({
  method: "get",
  path: "/v1/deadletters",
  operationId: "listDeadLetters",
  summary: "What could not be handled, the newest first",
  tag: "dead letters",
  access: "operator",
  query: DeadLetterQuery,
  answers: { 200: { description: "A page of dead letters", schema: DeadLetterPage } },
}, async ({ c, query }, { deps: { log } }) => {
  const { role, code, cursor, limit = 100 } = query;
  const { data, next } = await listDeadLetters(log, {
    limit,
    scanLimit: SCAN_LIMIT,
    ...(role === undefined ? {} : { role }),
    ...(code === undefined ? {} : { code }),
    ...(cursor === undefined ? {} : { before: Number(decodeCursor(cursor, "-offset", 1)[0]) }),
  });
  const nextCursor = next === null ? null : encodeCursor("-offset", [next]);
  return c.json({ data: data.map(deadLetterView), nextCursor });
});

const get = route({
  method: "get",
  path: "/v1/deadletters/{id}",
  operationId: "getDeadLetter",
  summary: "One dead letter with its original bytes",
  tag: "dead letters",
  access: "operator",
  answers: { 200: { description: "The dead letter", schema: DeadLetterDetail } },
  failures: [404],
}, async ({ c, param }, { deps: { log } }) => {
  return c.json(deadLetterDetail(await find(log, param("id"))));
});

const redrive = route({
  method: "post",
  path: "/v1/deadletters/{id}/redrive",
  operationId: "redriveDeadLetter",
  summary: "Put a dead letter's bytes back on the topic they came from",
  description: "For trades, quotes and alerts. What is put back is handled as if it had just come.",
  tag: "dead letters",
  access: "operator",
  answers: { 200: { description: "Where it is now", schema: RedriveView } },
  failures: [404, 409],
}, async ({ c, who, param }, { deps: { clock, log }, topics }) => {
  const { id } = await find(log, param("id"));
  const position = await redriven(log, id, clock.now());
  const entry = { action: "deadletter.redriven", target: param("id"), before: null, after: position };
  await topics.append([], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json({ ...position });
});

/** Dead letters: what could not be handled, with its bytes and reason. They belong to no tenant, so operators only. */
export const DEAD_LETTER_ROUTES: readonly Route[] = [list, get, redrive];

async function find(log: EventLog, id: string): Promise<StoredDeadLetter> {
  const letter = /^\d{1,15}$/.test(id) ? await findDeadLetter(log, Number(id)) : undefined;
  if (letter === undefined) throw notFound("dead letter", id);
  return letter;
}

/** @throws {HttpProblem} 409 when it did not come from a topic that can take it. */
async function redriven(log: EventLog, id: number, now: number): Promise<Position> {
  try {
    return (await redriveDeadLetter(log, id, now)).redrivenTo;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpProblem(409, "not_redrivable", error.message);
  }
}
