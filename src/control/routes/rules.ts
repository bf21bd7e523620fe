import { z } from "@hono/zod-openapi";
import { InputError } from "../../core/errors.ts";
import { parseRule, type RuleDraft, writtenDraft } from "../../rules/parse_rule.ts";
import { isFields } from "../../rules/input_issues.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { type Route, route } from "./route_table.ts";
import type { ControlContext } from "../http/route.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { badRequest, MOST_ISSUES } from "../http/problem.ts";
import { etagOf, expectedVersions, hasVersion } from "../http/etag.ts";
import type { Expected } from "../rules/rule_service.ts";
import { readJson } from "../http/read_body.ts";
import { publicDraft } from "../rules/public_draft.ts";
import { ruleFilter } from "../rules/rule_filter.ts";
import { ruleWarnings } from "../rules/warnings.ts";
import { withoutView } from "../rules/without_view.ts";
import { mergePatch } from "../rules/merge_patch.ts";
import { RuleInput, RuleListQuery, RulePage, RulePatch, RuleReplacement, RuleView } from "../schemas/rule.ts";
import { idempotentRuleId } from "../store/idempotency.ts";
import { idOfMatch } from "../../alerts/alert.ts";
import { DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { windowOf } from "../../rules/repeat.ts";
import { nextOf } from "../rules/next.ts";
import { ruleView } from "../views.ts";
import type { Principal } from "../auth/principal.ts";
import { chosenChannels } from "../people/account_store.ts";
import { accountOf } from "../people/person_policy.ts";
import { actorOf } from "../http/request_parts.ts";
import type { Services } from "./services.ts";

/** The most rules of one POST; more go through the bulk route. */
const MAX_ARRAY = 1_000;

const ETAG = { ETag: 'The version, such as "3"' };
const IF_MATCH = {
  "If-Match": z.string().regex(/^(?:\*|(?:W\/)?"[!#-~]*"(?:\s*,\s*(?:W\/)?"[!#-~]*")*)$/).openapi({
    description: "The ETag the change was made from; without it the change is made to whatever stands",
  }),
};

const createRules = route({
  method: "post",
  path: "/v1/rules",
  operationId: "createRules",
  dryRun: true,
  summary: "Make a rule, or several at once",
  description:
    `One rule, or an array of up to ${MAX_ARRAY}: all of them are made, or none. 201 means stored, and in force ` +
    "in every partition of the rule that a stream evaluates just now, in this process or another; a stream of another " +
    "process that says nothing for 2 s is not waited for.",
  tag: "rules",
  access: "rules:write",
  body: { schema: z.union([RuleInput, z.array(RuleInput).min(1).max(MAX_ARRAY)]) },
  answers: { 201: { description: "Made", schema: z.union([RuleView, RulePage]), headers: ETAG } },
  failures: [409],
}, async ({ c, who, idempotencyKey: key }, services) => {
  const { deps, rules } = services;
  const body = withChannels(await readJson(c), who, services);
  const actor = actorOf(c, who);
  const idFor = key === undefined
    ? {}
    : { idFor: (index: number) => idempotentRuleId(accountOf(who), key, index) };
  if (!Array.isArray(body)) {
    const [rule] = await rules.create({ drafts: [parseRule(body)], prefixed: false, ...idFor }, actor);
    return one(c, rule!, services, { status: 201 });
  }
  const made = await rules.create({ drafts: parseAll(body), prefixed: true, ...idFor }, actor);
  return c.json({ data: made.map((rule) => ruleView(rule, deps.directory)), nextCursor: null }, 201);
});

const listRules = route({
  method: "get",
  path: "/v1/rules",
  operationId: "listRules",
  summary: "List rules",
  tag: "rules",
  access: "rules:read",
  query: RuleListQuery,
  answers: { 200: { description: "A page of rules", schema: RulePage } },
}, async ({ c, who, query }, { deps, store, turns }) => {
  const sort = query.sort ?? "-createdAt";
  const field = sort.replace("-", "") as "createdAt" | "updatedAt" | "symbol" | "id";
  const own = who.person === undefined ? store.rules(who.tenant) : store.ownedBy(who.tenant, who.person.id);
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(own, query, {
    turns: turn,
    sort,
    matches: ruleFilter(query, deps.directory),
    keys: (rule) => [rule[field] ?? "", publicRuleId(rule.tenant, rule.id)],
    view: (rule) => ruleView(rule, deps.directory),
  });
  return jsonPage(c, page, turn);
});

const getRule = route({
  method: "get",
  path: "/v1/rules/{id}",
  operationId: "getRule",
  summary: "Read a rule",
  tag: "rules",
  access: "rules:read",
  headers: { "If-None-Match": z.string().openapi({ description: "The ETag that is known already" }) },
  answers: {
    200: { description: "The rule", schema: RuleView, headers: ETAG },
    304: { description: "It is as it was" },
  },
  failures: [404],
}, ({ c, who, param }, services) => {
  const { rules } = services;
  const rule = rules.get(who.tenant, param("id"));
  if (hasVersion(c.req.header("if-none-match"), rule.version)) {
    return c.body(null, 304, { ETag: etagOf(rule.version) });
  }
  return one(c, rule, services, { written: false });
});

const replaceRule = route({
  method: "put",
  path: "/v1/rules/{id}",
  operationId: "replaceRule",
  dryRun: true,
  summary: "Replace a rule",
  description:
    "Every field that is left out gets its default. What GET answered may be sent back. The symbol stays.",
  tag: "rules",
  access: "rules:write",
  headers: IF_MATCH,
  body: { schema: RuleReplacement },
  answers: { 200: { description: "The rule as it stands", schema: RuleView, headers: ETAG } },
  failures: [404, 412],
}, async ({ c, who, param }, services) => {
  const { rules } = services;
  const body = await readJson(c);
  const change = (rule: Rule): RuleDraft => parseRule(withoutView(body, rule), { serverFields: "ignore" });
  const given = { id: param("id"), expected: ifMatch(c), change };
  return one(c, await rules.update(given, actorOf(c, who)), services);
});

const changeRule = route({
  method: "patch",
  path: "/v1/rules/{id}",
  operationId: "changeRule",
  dryRun: true,
  summary: "Change some fields of a rule",
  description: "A JSON merge patch (RFC 7396): null takes a field back to its default.",
  tag: "rules",
  access: "rules:write",
  headers: IF_MATCH,
  body: { schema: RulePatch, contentTypes: ["application/json", "application/merge-patch+json"] },
  answers: { 200: { description: "The rule as it stands", schema: RuleView, headers: ETAG } },
  failures: [404, 412],
}, async ({ c, who, param }, services) => {
  const { rules } = services;
  const patch = await readJson(c);
  if (!isFields(patch)) {
    throw badRequest("", "not_an_object", "must be an object with the fields that change");
  }
  const change = (rule: Rule): RuleDraft => parseRule(mergePatch(writtenDraft(publicDraft(rule)), patch));
  const given = { id: param("id"), expected: ifMatch(c), change };
  return one(c, await rules.update(given, actorOf(c, who)), services);
});

const deleteRule = route({
  method: "delete",
  path: "/v1/rules/{id}",
  operationId: "deleteRule",
  dryRun: true,
  summary: "Delete a rule",
  tag: "rules",
  access: "rules:write",
  headers: IF_MATCH,
  answers: { 204: { description: "Deleted" } },
  failures: [404, 412],
}, async ({ c, who, param }, { rules }) => {
  await rules.remove({ id: param("id"), expected: ifMatch(c) }, actorOf(c, who));
  return c.body(null, 204);
});

/** The route that pauses a rule, or lets it fire again. */
function switchRoute(action: "pause" | "resume", enabled: boolean): Route {
  return route({
    method: "post",
    path: `/v1/rules/{id}/${action}`,
    operationId: `${action}Rule`,
    dryRun: true,
    summary: enabled ? "Let a paused rule fire again" : "Keep a rule from firing until it is resumed",
    tag: "rules",
    access: "rules:write",
    headers: IF_MATCH,
    answers: { 200: { description: "The rule", schema: RuleView, headers: ETAG } },
    failures: [404, 412],
  }, async ({ c, who, param }, services) => {
    const { rules } = services;
    const id = param("id");
    const standing = rules.get(who.tenant, id);
    const expected = ifMatch(c);
    if (standing.enabled === enabled && expected === undefined) return one(c, standing, services);
    const given = { id, expected, change: (rule: Rule) => ({ ...publicDraft(rule), enabled }) };
    return one(c, await rules.update(given, actorOf(c, who)), services);
  });
}

/** Rules: made, listed, read, replaced, changed, deleted. */
export const RULE_ROUTES: readonly Route[] = [
  createRules,
  listRules,
  getRule,
  replaceRule,
  changeRule,
  deleteRule,
  switchRoute("pause", false),
  switchRoute("resume", true),
];

/** The answer that shows one rule, with its version as ETag, and with what follows from it when it was written. */
function one(
  c: ControlContext,
  rule: Rule,
  { deps, alerts, spent }: Services,
  { status = 200, written = true }: {
    status?: 200 | 201;
    written?: boolean;
  } = {},
): Response {
  const view = ruleView(rule, deps.directory);
  const now = deps.clock.now();
  c.header("ETag", etagOf(rule.version));
  const warnings = written ? ruleWarnings(rule, { ...deps, now }) : [];
  const next = written ? { next: nextOf(rule, firedNow(rule, { deps, alerts, spent }), now) } : {};
  if (status === 201) c.header("Location", `/v1/rules/${encodeURIComponent(view.id)}`);
  const said = warnings.length > 0 ? { warnings: [...warnings] } : {};
  return c.json({ ...view, ...next, ...said }, status);
}

/** Who serves himself need not say who is written to: the channels that he has chosen are. */
function withChannels(body: unknown, who: Principal, { accounts }: Services): unknown {
  const account = who.person && accounts.get(who.tenant, who.person.address);
  if (account === undefined) return body;
  const add = (one: unknown) =>
    isFields(one) && one.recipients === undefined ? { ...one, recipients: chosenChannels(account) } : one;
  return Array.isArray(body) ? body.map(add) : add(body);
}

/** What a rule of one symbol has fired in its window of now. */
function firedNow(rule: Rule, { deps, alerts, spent }: Pick<Services, "deps" | "alerts" | "spent">) {
  const { symbol } = rule;
  if (symbol === null) return {};
  const windowStart = windowOf(rule, deps.clock.now(), deps.windowMs ?? DEFAULT_WINDOW_MS).start;
  return { alert: alerts.get(idOfMatch({ rule, symbol, windowStart })), spent: spent.has(rule, symbol) };
}

/** The versions that If-Match asks for; undefined where any will do. */
function ifMatch(c: ControlContext): Expected {
  return expectedVersions(c.req.header("if-match"));
}

/** Reads every rule of an array, and reports the faults of all of them. */
function parseAll(body: readonly unknown[]): RuleDraft[] {
  if (body.length < 1 || body.length > MAX_ARRAY) {
    const reason = `must have 1 to ${MAX_ARRAY} rules; more go through POST /v1/rules:bulk`;
    throw badRequest("", "bad_list", reason, body.length);
  }
  const issues: InputError["issues"][number][] = [];
  const drafts = body.flatMap((item, index) => {
    // What is reported is bounded, so what is searched for is, too.
    if (issues.length >= MOST_ISSUES) return [];
    try {
      return [parseRule(item, { prefix: `[${index}]` })];
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      issues.push(...thrown.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new InputError("bad_rule", issues);
  return drafts;
}
