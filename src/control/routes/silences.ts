import type { z } from "@hono/zod-openapi";
import { InputError, type InputIssue } from "../../core/errors.ts";
import { parseQuietHours } from "../../alerts/gate.ts";
import { FOREVER, isActive, labelOf, type Silence } from "../../alerts/silences.ts";
import { silenceRecord } from "../../books/silences.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { kindNamed } from "../../rules/parse_shorthand.ts";
import { RULE_KINDS } from "../../rules/rule.ts";
import { publicRuleId, storedRuleId } from "../../rules/tenancy.ts";
import { hasUnsafeCharacters } from "../../rules/text_checks.ts";
import { randomId } from "../auth/secret.ts";
import { instantOf } from "../http/instant.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import { parseBody } from "../http/parse_body.ts";
import { PageQuery, SilenceInput, SilencePage, SilenceView } from "../schemas/operations.ts";
import { isSnooze } from "../people/snooze.ts";
import type { Services } from "./services.ts";

/** The most silences a tenant may have: each is examined for each delivery. */
const MOST_SILENCES = 1_000;

const createSilence = route({
  method: "post",
  path: "/v1/silences",
  operationId: "createSilence",
  dryRun: true,
  summary: "Keep alerts that match from being delivered for a time",
  tag: "silences",
  access: "rules:write",
  body: { schema: SilenceInput },
  answers: { 201: { description: "The silence", schema: SilenceView } },
}, async ({ c, who }, { deps: { clock }, topics, silences }) => {
  const input = await parseBody(c, SilenceInput);
  if ([...silences.of(who.tenant)].filter((one) => !isSnooze(one)).length >= MOST_SILENCES) {
    const detail = `The tenant has ${MOST_SILENCES} silences, which is the most: end some first`;
    throw new HttpProblem(403, "quota_exceeded", detail);
  }
  const now = clock.now();
  const from = input.from === undefined ? now : instantOf(input.from, "from");
  const { hours, days } = input;
  const until = input.until === undefined ? FOREVER : instantOf(input.until, "until");
  const issues = recurrenceIssues(input);
  if (until <= Math.max(from, now)) {
    const reason = "must be after from, and in the future";
    issues.push({ field: "until", code: "out_of_range", reason, value: input.until });
  }
  if (hasUnsafeCharacters(input.comment)) {
    const reason = "must be one line without control characters";
    issues.push({ field: "comment", code: "control_character", reason, value: input.comment });
  }
  const matchers = input.matchers.map(({ field, value }, index) => {
    if (field === "ruleId") return { field, value: storedRuleId(who.tenant, value) };
    if (field === "label" && labelOf(value) === undefined) {
      const reason = "must be a label's name and value, such as team=desk-1";
      issues.push({ field: `matchers[${index}].value`, code: "bad_label", reason, value });
    }
    const kind = kindNamed(value);
    if (field !== "kind") return { field, value };
    if (kind !== undefined) return { field, value: kind };
    const reason = `must be one of ${RULE_KINDS.join(", ")}`;
    issues.push({ field: `matchers[${index}].value`, code: "bad_kind", reason, value });
    return { field, value };
  });
  if (issues.length > 0) throw new InputError("bad_body", issues);
  const { tenant, subject: by } = who;
  const silence: Silence = {
    id: randomId(12),
    tenant,
    matchers,
    from,
    until,
    ...(hours === undefined ? {} : { hours }),
    ...(days === undefined ? {} : { days }),
    by,
    comment: input.comment,
    createdAt: now,
  };
  const entry = { action: "silence.created", target: silence.id, before: null, after: silence };
  await topics.append([silenceRecord(silence, now)], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json(silenceView(silence, clock.now()), 201);
});

const listSilences = route({
  method: "get",
  path: "/v1/silences",
  operationId: "listSilences",
  summary: "List silences, the newest first",
  tag: "silences",
  access: "rules:read",
  query: PageQuery,
  answers: { 200: { description: "A page of silences", schema: SilencePage } },
}, async ({ c, who, query }, { deps: { clock }, silences, turns }) => {
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(silences.of(who.tenant), query, {
    turns: turn,
    sort: "-createdAt",
    keys: (silence) => [silence.createdAt, silence.id],
    view: (silence) => silenceView(silence, clock.now()),
  });
  return jsonPage(c, page, turn);
});

const getSilence = route(
  {
    method: "get",
    path: "/v1/silences/{id}",
    operationId: "getSilence",
    summary: "One silence",
    tag: "silences",
    access: "rules:read",
    answers: { 200: { description: "The silence", schema: SilenceView } },
    failures: [404],
  },
  ({ c, who, param }, services) =>
    c.json(silenceView(find(services, param("id"), who.tenant), services.deps.clock.now())),
);

const endSilence = route({
  method: "delete",
  path: "/v1/silences/{id}",
  operationId: "endSilence",
  dryRun: true,
  summary: "End a silence now",
  tag: "silences",
  access: "rules:write",
  answers: { 204: { description: "Ended" } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const { deps: { clock }, topics } = services;
  const silence = find(services, param("id"), who.tenant);
  const entry = { action: "silence.ended", target: silence.id, before: silence, after: null };
  await topics.append([silenceRecord(silence, clock.now(), true)], [{ ...entry, actor: actorOf(c, who) }]);
  return c.body(null, 204);
});

/** Silences: for a time, alerts that match are not delivered. */
export const SILENCE_ROUTES: readonly Route[] = [
  createSilence,
  listSilences,
  getSilence,
  endSilence,
];

/** What is wrong with how a silence recurs. */
function recurrenceIssues({ until, hours, days }: z.output<typeof SilenceInput>): InputIssue[] {
  const issues: InputIssue[] = [];
  if (until === undefined && hours === undefined) {
    const reason = "must be given, but for a silence with hours, which recurs";
    issues.push({ field: "until", code: "missing", reason });
  }
  if (hours !== undefined && parseQuietHours(hours) === undefined) {
    issues.push({
      field: "hours",
      code: "out_of_range",
      reason: "must not begin when they end",
      value: hours,
    });
  }
  if (days !== undefined && hours === undefined) {
    issues.push({ field: "days", code: "missing", reason: "must come with hours", value: days });
  }
  return issues;
}

/** @throws {HttpProblem} 404 also for another tenant's silence. */
function find({ silences }: Services, id: string, tenant: string): Silence {
  const silence = silences.get(id);
  if (silence?.tenant !== tenant) throw notFound("silence", id);
  return silence;
}

function silenceView(silence: Silence, now: number) {
  const state = isActive(silence, now) ? "active" : now < silence.until ? "pending" : "ended";
  const { id, by, comment, tenant } = silence;
  const matchers = silence.matchers.map(({ field, value }) => ({
    field,
    value: field === "ruleId" ? publicRuleId(tenant, value) : value,
  }));
  return {
    id,
    matchers,
    from: formatInstant(silence.from),
    until: silence.until === FOREVER ? null : formatInstant(silence.until),
    hours: silence.hours ?? null,
    days: silence.days === undefined ? null : [...silence.days],
    state,
    by,
    comment,
    createdAt: formatInstant(silence.createdAt),
  } as const;
}
