import { z } from "@hono/zod-openapi";
import { NOBODY_IS_ASKED } from "../../alerts/consent.ts";
import { isTestId } from "../../alerts/notice.ts";
import { normalRecipient, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import { ask, confirm, noticeRecord, standing } from "../../books/consents.ts";
import { channelOf, maskedRecipient, recipientFault } from "../../rules/channels.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { DAY_MS } from "../../market/seoul_time.ts";
import { isTenant } from "../../rules/tenancy.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { parseBody } from "../http/parse_body.ts";
import { badRequest, HttpProblem } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import { ConsentInput, ConsentPage, ConsentView, TestInput, TestView } from "../schemas/consent.ts";
import { PageQuery } from "../schemas/operations.ts";
import type { KnownDelivery } from "../alerts/delivery_index.ts";
import { testNotice } from "../test_notice.ts";
import { type Route, route } from "./route_table.ts";

const params = { recipient: z.string().min(1).max(2_000) };
/** Test messages that a tenant may have sent in an hour, and how long one may wait for its turn, ms. */
const TESTS = { most: 20, inMs: 3_600_000, waitsMs: 600_000 };

const listConsents = route({
  method: "get",
  path: "/v1/consents",
  operationId: "listConsents",
  summary: "Which addresses agreed to get the tenant's alerts, were asked, or stopped them",
  tag: "recipients",
  access: "rules:read",
  query: PageQuery,
  answers: { 200: { description: "A page of consents, by address", schema: ConsentPage } },
}, async ({ c, who, query }, { recipients, turns }) => {
  await recipients.ready;
  const known = recipients.allOf(who.tenant).filter(({ consent }) => consent !== undefined);
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(known, query, {
    turns: turn,
    sort: "recipient",
    keys: ({ recipient }) => [recipient],
    keyCount: 1,
    view: consentView,
  });
  return jsonPage(c, page, turn);
});

const changeConsent = route({
  method: "put",
  path: "/v1/consents/{recipient}",
  operationId: "changeConsent",
  summary: "Ask an address again, once a day; or, as an operator, vouch for it",
  description: "Nothing but the address's own link undoes a stop of its own.",
  tag: "recipients",
  access: "rules:write",
  params,
  body: { schema: ConsentInput },
  answers: { 200: { description: "How it stands now", schema: ConsentView } },
  failures: [403, 409],
}, async ({ c, who, param }, { deps: { clock }, desk, topics, recipients }) => {
  const { state, tenant = who.tenant, locale = "ko" } = await parseBody(c, ConsentInput);
  const recipient = mailOf(param("recipient"));
  desk.requireTaken(recipient);
  if ((state === "confirmed" || tenant !== who.tenant) && !who.operator) {
    throw new HttpProblem(403, "not_allowed", "Only an operator may vouch for an address");
  }
  if (!isTenant(tenant)) throw badRequest("tenant", "bad_body", "must be a tenant's name", tenant);
  await recipients.ready;
  const whose = { tenant, recipient };
  const before = recipients.get(recipient, tenant) ?? null;
  requireNoStop(before);
  const now = clock.now();
  if (state === "confirmed") await confirm(recipients, [whose], { by: "operator", at: now });
  else if (before?.consent?.state !== "confirmed") {
    if ((before?.consent?.askedAt ?? -Infinity) > now - DAY_MS) {
      throw new HttpProblem(409, "asked_already", "The address was asked within a day: wait");
    }
    if (!who.operator) desk.requireAsks([recipient], tenant);
    await ask(recipients, [{ ...whose, locale }], now);
  }
  const after = recipients.get(recipient, tenant)!;
  const entry = { action: "consent.changed", target: recipient, before, after };
  await topics.append([], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json(consentView(after));
});

const testRecipient = route({
  method: "post",
  path: "/v1/recipients:test",
  operationId: "testRecipient",
  summary: "Have one example message sent to a recipient",
  description:
    "By its channel as the notifier has it; what becomes of it stands in /v1/deliveries. To a mail address that has " +
    "not agreed nothing is sent.",
  tag: "recipients",
  access: "rules:write",
  body: { schema: TestInput },
  answers: { 202: { description: "It is on its way", schema: TestView } },
  failures: [403, 409],
}, async ({ c, who }, { deps, desk, topics, recipients, deliveries }) => {
  const { recipient, locale = "ko" } = await parseBody(c, TestInput);
  const fault = recipientFault(recipient);
  if (fault !== undefined) throw badRequest("recipient", "bad_recipient", fault, recipient);
  desk.requireTaken(recipient);
  desk.requireWorking(recipient);
  await recipients.ready;
  const { tenant } = who;
  const at = deps.clock.now();
  requireNoStop(recipients.get(recipient, tenant) ?? null);
  const now = standing(recipients, { tenant, recipient }, deps.consent ?? NOBODY_IS_ASKED);
  if (now !== "confirmed") {
    throw new HttpProblem(409, "not_confirmed", "The address has not agreed to get messages");
  }
  const isRecent = ({ id, since = 0 }: KnownDelivery) => isTestId(id) && since > at - TESTS.inMs;
  if ([...deliveries.ofTenant(tenant)].filter(isRecent).length >= TESTS.most) {
    const detail = `A tenant may have ${TESTS.most} test messages sent in an hour`;
    throw new HttpProblem(403, "quota_exceeded", detail);
  }
  const notice = testNotice({ tenant, recipient, locale }, { at, waitsMs: TESTS.waitsMs });
  const entry = { action: "recipient.tested", target: recipient, before: null, after: null };
  await topics.append([noticeRecord(notice)], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json({ deliveryId: notice.id }, 202);
});

/** What addresses have agreed to, and test messages to them. */
export const CONSENT_ROUTES: readonly Route[] = [listConsents, changeConsent, testRecipient];

/** @throws {HttpProblem} 409 where the address has stopped the tenant's messages itself. */
function requireNoStop(settings: RecipientSettings | null): void {
  if (settings?.consent?.state !== "stopped") return;
  const detail = "The address stopped these messages itself: only its own link undoes that";
  throw new HttpProblem(409, "stopped", detail);
}

/** @throws {HttpProblem} 400 for what is no mail address: nothing else is asked. */
function mailOf(recipient: string): string {
  if (channelOf(recipient) === "mail" && recipientFault(recipient) === undefined) {
    return normalRecipient(recipient);
  }
  throw badRequest(
    "recipient",
    "bad_recipient",
    "must be a mail address: other recipients are not asked",
    recipient,
  );
}

function consentView({ recipient, consent }: RecipientSettings): z.output<typeof ConsentView> {
  const { state, by, at, askedAt } = consent!;
  return {
    recipient: maskedRecipient(recipient),
    state,
    by,
    at: formatInstant(at),
    askedAt: askedAt === null ? null : formatInstant(askedAt),
  };
}
