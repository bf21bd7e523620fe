import { deadPage } from "../../alerts/pages/address_page.ts";
import { stopPage, stoppedPage } from "../../alerts/stop_page.ts";
import { markedRecipient, verifyUnsubscribe } from "../../alerts/unsubscribe.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { localeOf, pageAnswer, pageAnswers, TokenQuery } from "../http/page.ts";
import { readText } from "../http/read_body.ts";
import { actorOf } from "../http/request_parts.ts";
import { withoutRecipient } from "../rules/without_recipient.ts";
import { type Route, route } from "./route_table.ts";
import type { Services } from "./services.ts";

const MAX_SNS_BYTES = 262_144;

const askUnsubscribe = route({
  method: "get",
  path: "/v1/unsubscribe",
  operationId: "askUnsubscribe",
  summary: "The page behind a mail's stop link: it asks, and changes nothing",
  tag: "callbacks",
  access: "public",
  isServed: stopsByLink,
  limited: true,
  query: TokenQuery,
  answers: pageAnswers(200, 403),
}, async ({ c, query: { token } }, services) => {
  const subject = await subjectOf(token, services);
  if (subject === undefined) return pageAnswer(c, deadPage(localeOf(c), "bad"), 403);
  const { recipient, rule } = subject;
  const { directory } = services.deps;
  const name = rule && rule.symbol !== null ? directory.get(rule.symbol) : undefined;
  return pageAnswer(c, stopPage(rule, { token, recipient, name }));
});

const unsubscribe = route({
  method: "post",
  path: "/v1/unsubscribe",
  operationId: "unsubscribe",
  summary: "Stop a rule's messages to one recipient, as RFC 8058's one click does",
  description: "The recipient is taken off the rule; a rule without another recipient is paused.",
  tag: "callbacks",
  access: "public",
  isServed: stopsByLink,
  limited: true,
  query: TokenQuery,
  answers: pageAnswers(200, 403),
}, async ({ c, query }, services) => {
  const subject = await subjectOf(query.token, services);
  if (subject === undefined) return pageAnswer(c, deadPage(localeOf(c), "bad"), 403);
  const { recipient, rule } = subject;
  if (rule !== undefined && rule.enabled && rule.recipients.includes(recipient)) {
    const actor = actorOf(c, { tenant: rule.tenant, subject: "stop-link" });
    const change = (standing: Rule) => withoutRecipient(standing, recipient);
    const id = publicRuleId(rule.tenant, rule.id);
    await services.rules.update({ id, expected: undefined, change }, actor);
  }
  return pageAnswer(c, stoppedPage());
});

const snsNotification = route({
  method: "post",
  path: "/v1/ses/notifications",
  operationId: "snsNotification",
  summary: "Amazon SNS reports bounces and complaints; its signature is checked",
  tag: "callbacks",
  access: "public",
  isServed: ({ deps }) => deps.onSnsMessage !== undefined,
  limited: true,
  answers: { 204: { description: "Taken" } },
  failures: [413, 503],
}, async ({ c }, { deps, recipients }) => {
  const body = await readText(c, MAX_SNS_BYTES);
  await recipients.ready;
  await deps.onSnsMessage?.(body, recipients);
  return c.body(null, 204);
});

/** What comes from outside without a key: stop links in mails, and Amazon SNS about bounces. Each proves itself. */
export const CALLBACK_ROUTES: readonly Route[] = [askUnsubscribe, unsubscribe, snsNotification];

function stopsByLink({ deps }: Services): boolean {
  return deps.linkSecret !== undefined;
}

/** Whom a stop link is for, and the rule, where there still is one; undefined for a link that is not ours. */
async function subjectOf(token: string, { deps, store }: Services) {
  const request = await verifyUnsubscribe(token, deps.linkSecret ?? "");
  if (request === undefined) return undefined;
  const rule = store.get(request.tenant, request.ruleId);
  return { recipient: await markedRecipient(request.recipient, rule?.recipients ?? []), rule };
}
