import { LogGapBook } from "../../books/log_gap_book.ts";
import { type Route, route } from "./route_table.ts";
import { parseBody } from "../http/parse_body.ts";
import { notFound } from "../http/problem.ts";
import { AcknowledgedView, AcknowledgeInput, LogGapPage } from "../schemas/operations.ts";
import { logGapView } from "../views.ts";
import { actorOf } from "../http/request_parts.ts";
import type { ControlDeps } from "../deps.ts";

const listLogGaps = route({
  method: "get",
  path: "/v1/log-gaps",
  operationId: "listLogGaps",
  summary:
    "Records of the event log that a role missed: deleted before they were read, unreadable, made anew",
  tag: "dead letters",
  access: "operator",
  answers: { 200: { description: "All that are known, the oldest first", schema: LogGapPage } },
}, async ({ c }, { deps }) => c.json({ data: (await load(deps)).all.map(logGapView), nextCursor: null }));

const acknowledgeLogGaps = route({
  method: "post",
  path: "/v1/log-gaps:acknowledge",
  operationId: "acknowledgeLogGaps",
  summary: "Say that gaps are known: roles that are degraded by them are well again",
  tag: "dead letters",
  access: "operator",
  body: { schema: AcknowledgeInput },
  answers: { 200: { description: "Those that were open", schema: AcknowledgedView } },
  failures: [404],
}, async ({ c, who }, { deps, topics }) => {
  const body = await parseBody(c, AcknowledgeInput);
  const book = await load(deps);
  const known = new Map(book.all.map((gap) => [gap.id, gap]));
  const unknown = body.ids?.find((id) => !known.has(id));
  if (unknown !== undefined) throw notFound("gap", unknown);
  const open = book.open().filter(({ id }) => body.ids === undefined || body.ids.includes(id));
  const ids = open.map(({ id }) => id);
  if (open.length > 0) {
    await book.acknowledge(open);
    const entry = { action: "log-gap.acknowledged", target: ids.join(", "), before: null, after: { ids } };
    await topics.append([], [{ ...entry, actor: actorOf(c, who) }]);
  }
  return c.json({ ids });
});

/** What readings of the event log missed. It concerns every tenant, so operators only. */
export const LOG_GAP_ROUTES: readonly Route[] = [
  listLogGaps,
  acknowledgeLogGaps,
];

async function load({ log, clock }: ControlDeps): Promise<LogGapBook> {
  return await LogGapBook.load({ log, clock, random: Math.random });
}
