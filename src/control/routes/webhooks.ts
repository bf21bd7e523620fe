import { randomBytes } from "node:crypto";
import type { z } from "@hono/zod-openapi";
import { type WebhookEndpoint, withNewSecret } from "../../alerts/webhook_endpoint.ts";
import { noticeRecord } from "../../books/consents.ts";
import { endpointRecord } from "../../books/webhooks.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { AuditDraft } from "../audit/entry.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { parseBody } from "../http/parse_body.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import type { Call, ControlContext } from "../http/route.ts";
import { OVERLAP_SECONDS } from "../auth/overlap.ts";
import type { Principal } from "../auth/principal.ts";
import { PageQuery } from "../schemas/operations.ts";
import {
  NewWebhook,
  RedeliverInput,
  RedeliverView,
  WebhookDetail,
  WebhookInput,
  WebhookPage,
  WebhookPatch,
  WebhookRotateInput,
  WebhookTestView,
  WebhookView,
} from "../schemas/webhook.ts";
import { redeliveries, resultsOf } from "../redeliver.ts";
import { testNotice } from "../test_notice.ts";
import { auditedWebhook, maskedUrl, resultView, webhookView } from "../webhook_views.ts";
import type { Services } from "./services.ts";

/** The most endpoints of a tenant. */
const MOST_WEBHOOKS = 100;
/** Results that an endpoint shows. */
const RESULTS = 20;
/** How long a test may wait for its turn, ms. */
const TEST_MS = 3_600_000;

const createWebhook = route({
  method: "post",
  path: "/v1/webhooks",
  operationId: "createWebhook",
  dryRun: true,
  // A remembered answer would keep the secret itself.
  idempotent: false,
  summary: "Make a webhook endpoint; the answer shows its secret, once",
  description: "A rule's recipient `webhook:NAME` goes to the endpoint of that name.",
  tag: "webhooks",
  access: "rules:write",
  body: { schema: WebhookInput },
  answers: { 201: { description: "The endpoint", schema: NewWebhook } },
  failures: [409],
}, async ({ c, who }, services) => {
  const input = await parseBody(c, WebhookInput);
  return await alone(services, who, () => create({ c, who }, services, input));
});

async function create(
  { c, who }: Pick<Call, "c" | "who">,
  services: Services,
  input: z.infer<typeof WebhookInput>,
): Promise<Response> {
  const { deps: { clock }, webhooks } = services;
  const { tenant, subject: createdBy } = who;
  if (webhooks.find(tenant, input.id) !== undefined) {
    throw new HttpProblem(409, "id_taken", `There is a webhook ${input.id} already`);
  }
  if ([...webhooks.of(tenant)].length >= MOST_WEBHOOKS) {
    throw new HttpProblem(
      403,
      "quota_exceeded",
      `The tenant has ${MOST_WEBHOOKS} webhooks, which is the most`,
    );
  }
  const { id, url, description = "", labels = {}, enabled = true } = input;
  const now = clock.now();
  const secret = newSecret();
  const endpoint: WebhookEndpoint = {
    id,
    tenant,
    url,
    description,
    labels,
    enabled,
    secrets: [{ secret, createdAt: now, endsAt: null }],
    createdAt: now,
    createdBy,
    updatedAt: now,
  };
  await write({ c, who }, services, { action: "webhook.created", before: null, after: endpoint });
  c.header("Location", `/v1/webhooks/${id}`);
  return c.json({ ...webhookView(endpoint, now), secret }, 201);
}

const listWebhooks = route({
  method: "get",
  path: "/v1/webhooks",
  operationId: "listWebhooks",
  summary: "List webhook endpoints",
  tag: "webhooks",
  access: "rules:read",
  query: PageQuery,
  answers: { 200: { description: "A page of endpoints, by name", schema: WebhookPage } },
}, async ({ c, who, query }, { deps: { clock }, webhooks, turns }) => {
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(webhooks.of(who.tenant), query, {
    turns: turn,
    sort: "id",
    keys: ({ id }) => [id],
    keyCount: 1,
    view: (endpoint) => ({ ...webhookView(endpoint, clock.now()), url: maskedUrl(endpoint) }),
  });
  return jsonPage(c, page, turn);
});

const getWebhook = route({
  method: "get",
  path: "/v1/webhooks/{id}",
  operationId: "getWebhook",
  summary: "One webhook endpoint, with what became of its newest messages",
  tag: "webhooks",
  access: "rules:read",
  answers: { 200: { description: "The endpoint", schema: WebhookDetail } },
  failures: [404],
}, ({ c, who, param }, services) => {
  const { deps: { clock } } = services;
  const endpoint = find(services, param("id"), who.tenant);
  const results = resultsOf(endpoint, services).slice(0, RESULTS).map(resultView);
  return c.json({ ...webhookView(endpoint, clock.now()), results });
});

const changeWebhook = route({
  method: "patch",
  path: "/v1/webhooks/{id}",
  operationId: "changeWebhook",
  dryRun: true,
  summary: "Change a webhook endpoint, or pause it with enabled: false",
  tag: "webhooks",
  access: "rules:write",
  body: { schema: WebhookPatch },
  answers: { 200: { description: "The endpoint", schema: WebhookView } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const { deps: { clock } } = services;
  find(services, param("id"), who.tenant);
  const patch = await parseBody(c, WebhookPatch);
  return await alone(services, who, async () => {
    const before = find(services, param("id"), who.tenant);
    const { url = before.url, description = before.description } = patch;
    const { labels = before.labels, enabled = before.enabled } = patch;
    const after = { ...before, url, description, labels, enabled, updatedAt: clock.now() };
    await write({ c, who }, services, { action: "webhook.changed", before, after });
    return c.json(webhookView(after, clock.now()));
  });
});

const deleteWebhook = route({
  method: "delete",
  path: "/v1/webhooks/{id}",
  operationId: "deleteWebhook",
  dryRun: true,
  summary: "Delete a webhook endpoint that no rule names",
  tag: "webhooks",
  access: "rules:write",
  answers: { 204: { description: "Deleted" } },
  failures: [404, 409],
}, async ({ c, who, param }, services) =>
  await alone(services, who, async () => {
    const before = find(services, param("id"), who.tenant);
    const users = rulesNaming(before, services);
    if (users.length > 0) {
      const some = users.slice(0, 5).join(", ");
      throw new HttpProblem(409, "webhook_in_use", `${users.length} rules name it: ${some}`);
    }
    await write({ c, who }, services, { action: "webhook.deleted", before, after: null });
    return c.body(null, 204);
  }));

const rotateWebhookSecret = route({
  method: "post",
  path: "/v1/webhooks/{id}/rotate",
  operationId: "rotateWebhookSecret",
  dryRun: true,
  idempotent: false,
  summary: "Make a new secret; the old one signs as well for a while",
  tag: "webhooks",
  access: "rules:write",
  body: { schema: WebhookRotateInput },
  answers: { 201: { description: "The endpoint with the new secret", schema: NewWebhook } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const { deps: { clock } } = services;
  find(services, param("id"), who.tenant);
  const { overlapSeconds = OVERLAP_SECONDS.usual } = await parseBody(c, WebhookRotateInput);
  return await alone(services, who, async () => {
    const before = find(services, param("id"), who.tenant);
    const now = clock.now();
    const secret = newSecret();
    const after = withNewSecret(before, { secret, now, endsAt: now + overlapSeconds * 1_000 });
    await write({ c, who }, services, { action: "webhook.rotated", before, after });
    return c.json({ ...webhookView(after, now), secret }, 201);
  });
});

const testWebhook = route({
  method: "post",
  path: "/v1/webhooks/{id}/test",
  operationId: "testWebhook",
  summary: "Send a test message by the way that alerts go",
  description: "What became of it stands among the endpoint's results under the id that is answered.",
  tag: "webhooks",
  access: "rules:write",
  answers: { 202: { description: "It is on its way", schema: WebhookTestView } },
  failures: [404, 409],
}, async ({ c, who, param }, services) => {
  const { deps: { clock }, topics, desk } = services;
  const { id, tenant } = find(services, param("id"), who.tenant);
  desk.requireWorking(`webhook:${id}`);
  const at = clock.now();
  const notice = testNotice({ tenant, recipient: `webhook:${id}`, locale: "ko" }, { at, waitsMs: TEST_MS });
  await topics.append([noticeRecord(notice)], [entryOf("webhook.tested", id, c, who)]);
  return c.json({ alertId: notice.id }, 202);
});

const redeliverWebhook = route({
  method: "post",
  path: "/v1/webhooks/{id}/redeliver",
  operationId: "redeliverWebhook",
  summary: "Send messages again: one of any state, or all that were not sent since a time",
  description:
    "As long as the alert is among those kept (--alerts-kept). The message has the same id as before.",
  tag: "webhooks",
  access: "rules:write",
  body: { schema: RedeliverInput },
  answers: { 202: { description: "They are on their way", schema: RedeliverView } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const { topics } = services;
  const endpoint = find(services, param("id"), who.tenant);
  const wanted = await parseBody(c, RedeliverInput);
  const records = redeliveries(endpoint, wanted, services);
  if ("alertId" in wanted && records.length === 0) throw notFound("message", wanted.alertId);
  await topics.append(
    records.map(({ record }) => record),
    [entryOf("webhook.redelivered", endpoint.id, c, who, records.length)],
  );
  return c.json({ alertIds: records.map(({ id }) => publicRuleId(who.tenant, id)) }, 202);
});

/** Webhook endpoints: a URL by name, with secrets of its own, its test and its last results. */
export const WEBHOOK_ROUTES: readonly Route[] = [
  createWebhook,
  listWebhooks,
  getWebhook,
  changeWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
  redeliverWebhook,
];

/** @throws {HttpProblem} 404 also for another tenant's endpoint. */
function find({ webhooks }: Services, id: string, tenant: string): WebhookEndpoint {
  const endpoint = webhooks.find(tenant, id);
  if (endpoint === undefined) throw notFound("webhook", id);
  return endpoint;
}

/** Runs a change while no other one of this process changes the tenant's endpoints: each begins where the last one ended. */
async function alone<T>({ changes }: Services, { tenant }: Principal, change: () => Promise<T>): Promise<T> {
  return await changes.run([`webhooks of ${tenant}`], change);
}

/** Writes an endpoint as it is after a change, or that it is gone, with the change's entry of the audit. */
async function write(
  { c, who }: Pick<Call, "c" | "who">,
  { deps: { clock }, topics }: Services,
  change: { action: string; before: WebhookEndpoint | null; after: WebhookEndpoint | null },
): Promise<void> {
  const { action, before, after } = change;
  const endpoint = (after ?? before)!;
  const entry: AuditDraft = {
    action,
    target: endpoint.id,
    before: before && auditedWebhook(before, clock.now()),
    after: after && auditedWebhook(after, clock.now()),
    actor: actorOf(c, who),
  };
  await topics.append([endpointRecord(endpoint, clock.now(), after === null)], [entry]);
}

function rulesNaming({ tenant, id }: WebhookEndpoint, { store }: Services): readonly string[] {
  const recipient = `webhook:${id}`;
  return [...store.rules(tenant)].filter(({ recipients }) => recipients.includes(recipient))
    .map((rule) => publicRuleId(tenant, rule.id));
}

function entryOf(
  action: string,
  target: string,
  c: ControlContext,
  who: Principal,
  count?: number,
): AuditDraft {
  const after = count === undefined ? null : { messages: count };
  return { action, target, before: null, after, actor: actorOf(c, who) };
}

/** 256 bits of chance, as Standard Webhooks writes them. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}
