import { z } from "@hono/zod-openapi";
import { InputError } from "../../core/errors.ts";
import { parseQuietHours } from "../../alerts/gate.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import { hasUnsafeCharacters } from "../../rules/text_checks.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { parseBody } from "../http/parse_body.ts";
import { PageQuery, SuppressionInput, SuppressionPage, SuppressionView } from "../schemas/operations.ts";
import { recipientView } from "../views.ts";
import { actorOf } from "../http/request_parts.ts";

const params = { recipient: z.string().min(1).max(2_000) };

const listSuppressions = route({
  method: "get",
  path: "/v1/suppressions",
  operationId: "listSuppressions",
  summary: "Recipients that are not written to, or not at some hours",
  tag: "recipients",
  access: "operator",
  query: PageQuery,
  answers: { 200: { description: "A page of recipients, by address", schema: SuppressionPage } },
}, async ({ c, who, query }, { recipients, turns }) => {
  const book = await whole(recipients);
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(book.all(), query, {
    turns: turn,
    sort: "recipient",
    keys: ({ recipient }) => [recipient],
    keyCount: 1,
    view: recipientView,
  });
  return jsonPage(c, page, turn);
});

const getSuppression = route({
  method: "get",
  path: "/v1/suppressions/{recipient}",
  operationId: "getSuppression",
  summary: "What is known of a recipient",
  tag: "recipients",
  access: "operator",
  answers: {
    200: { description: "The recipient; without settings when nothing is known", schema: SuppressionView },
  },
}, async ({ c, param }, { recipients }) => {
  const recipient = param("recipient");
  const known = (await whole(recipients)).get(recipient);
  return c.json(recipientView(known ?? { recipient, suppression: null, quietHours: null, updatedAt: 0 }));
});

const changeSuppression = route({
  method: "put",
  path: "/v1/suppressions/{recipient}",
  operationId: "changeSuppression",
  summary: "Suppress a recipient, lift it, or set quiet hours",
  tag: "recipients",
  access: "operator",
  params,
  body: { schema: SuppressionInput },
  answers: { 200: { description: "The recipient", schema: SuppressionView } },
}, async ({ c, who, param }, { deps: { clock }, topics, recipients }) => {
  const input = await parseBody(c, SuppressionInput);
  const recipient = param("recipient");
  if (hasUnsafeCharacters(recipient)) throw bad("recipient", "must not have control characters", recipient);
  const { quietHours } = input;
  if (typeof quietHours === "string" && parseQuietHours(quietHours) === undefined) {
    throw bad("quietHours", "must be like 22:00-07:30, in Asia/Seoul", quietHours);
  }
  const book = await whole(recipients);
  const before = book.get(recipient) ?? null;
  const after = await book.changeByHand(recipient, input, clock.now());
  const entry = { action: "recipient.changed", target: recipient, before, after };
  await topics.append([], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json(recipientView(after));
});

/** Recipients: who is not written to any more, and when not. Addresses belong to no tenant, so operators only. */
export const RECIPIENT_ROUTES: readonly Route[] = [
  listSuppressions,
  getSuppression,
  changeSuppression,
];

/** All that is known of recipients. */
async function whole(recipients: RecipientBook): Promise<RecipientBook> {
  await recipients.ready;
  return recipients;
}

function bad(field: string, reason: string, value: unknown): InputError {
  return new InputError("bad_body", [{ field, code: "bad_recipient", reason, value }]);
}
