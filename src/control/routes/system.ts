import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { formatInstant } from "../../rules/parse_instant.ts";
import { isSecure, requireSameOrigin, sessionCookie } from "../auth/authenticate.ts";
import type { Identity } from "../auth/principal.ts";
import type { SessionStore } from "../auth/session_store.ts";
import { refuseGuessers } from "../http/address_limits.ts";
import { parseBody } from "../http/parse_body.ts";
import { type Route, route } from "./route_table.ts";
import type { ControlContext } from "../http/route.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { DEFAULT_TENANT } from "../../rules/tenancy.ts";
import { limitQuery } from "../schemas/common.ts";
import { HealthView, MailPage, MailView, SessionInput, StatusView } from "../schemas/system.ts";
import type { CheckedSpan } from "../../books/checked_days.ts";
import type { ControlDeps } from "../deps.ts";
import type { Services } from "./services.ts";
import { subscriptionView } from "../subscription_view.ts";
import { z } from "@hono/zod-openapi";

const live = route({
  method: "get",
  path: "/healthz",
  operationId: "live",
  summary: "Whether the process can do anything",
  tag: "system",
  access: "public",
  answers: { 200: { description: "It can", schema: HealthView } },
}, ({ c }) => c.json({ status: "ok" }));

const ready = route({
  method: "get",
  path: "/readyz",
  operationId: "ready",
  summary: "Whether every component is ready",
  tag: "system",
  access: "public",
  answers: {
    200: { description: "All are, though perhaps degraded: then `status` says so", schema: HealthView },
    503: { description: "Not all are", schema: HealthView },
  },
}, ({ c }, { deps }) => {
  const { ready } = deps.health;
  // Details may name hosts; they are in /v1/status, which asks for a key.
  const components = Object.entries(deps.health.components());
  const well = components.every(([, { state }]) => state === "ready");
  const status = !ready ? "not_ready" : well ? "ready" : "degraded";
  const states = components.map(([name, { state }]) => [name, { state, detail: "" }]);
  const body = { status, components: Object.fromEntries(states) };
  return c.json(body, ready ? 200 : 503);
});

const metrics = route(
  {
    method: "get",
    path: "/metrics",
    operationId: "metrics",
    summary: "Metrics in Prometheus's text format",
    tag: "system",
    access: ({ deps }) => deps.publicMetrics === false ? "operator" : "public",
    answers: { 200: { description: "Metrics", contentType: "text/plain" } },
  },
  async ({ c }, services) => {
    const { deps, gate } = services;
    const { registry } = deps;
    const key = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const isOperator = key !== undefined && (await gate.identify(key))?.operator === true;
    const text = isOperator ? await registry.metrics() : await publicMetrics(deps, isShared(services));
    return c.body(text, 200, { "Content-Type": registry.contentType });
  },
);

/** Symbols that tenants have rules for are labels here, and totals: with one's own taken off, what the others have. */
const OF_ALL_TENANTS: ReadonlySet<string> = new Set([
  "tickbell_control_rules",
  "tickbell_control_alerts_kept",
  "tickbell_notifier_open_deliveries",
  "tickbell_producer_gaps_total",
  "tickbell_producer_missed_volume_shares_total",
]);

/**
 * What moves with the market, the machine and the event log, and not with what a tenant has or does: where there are
 * several tenants, all that is shown without the operator's key.
 */
const OF_NO_TENANT =
  /^(process_|nodejs_|tickbell_(build_info|market_open|event_loop|log_|producer_|consumer_(points_refused|write_failures|lag|newest)|stream_(late_share|trades_|lag|last_commit|offsets|partitions)|self_check_(rounds|trades|differences|last_round)))/;

/** The metrics that anybody may read. */
async function publicMetrics({ registry }: ControlDeps, isShared: boolean): Promise<string> {
  const shown = registry.getMetricsAsArray().filter(({ name }) =>
    !OF_ALL_TENANTS.has(name) && (!isShared || OF_NO_TENANT.test(name))
  );
  const texts = await Promise.all(shown.map(({ name }) => registry.getSingleMetricAsString(name)));
  return `${texts.join("\n\n")}\n`;
}

/** Whether others than the operator's tenant are, or may be, served. */
function isShared({ deps, keys }: Services): boolean {
  return deps.selfService !== undefined || deps.oidc !== undefined || keys.hasOtherTenants;
}

const signIn = route({
  method: "post",
  path: "/v1/session",
  operationId: "openSession",
  summary: "Sign in to the console: a session of some hours, in a cookie, for a key",
  tag: "system",
  access: "public",
  limited: true,
  body: { schema: SessionInput },
  answers: { 204: { description: "The cookie is set" } },
  failures: [401, 403, 429, 503],
}, async ({ c }, { gate, sessions }) => {
  requireSameOrigin(c, "Signing in must come from the console");
  refuseGuessers(gate.guesses, c);
  const { key } = await parseBody(c, SessionInput);
  const known = await gate.identify(key);
  if (known === undefined) {
    gate.guesses.take(c.get("address"));
    throw new HttpProblem(401, "not_authenticated", "The key is not known, has expired or was revoked");
  }
  await openSession(c, sessions, known);
  return c.body(null, 204);
});

const closeSession = route({
  method: "delete",
  path: "/v1/session",
  operationId: "closeSession",
  summary: "End the console's session, on every instance",
  tag: "system",
  access: "public",
  answers: { 204: { description: "It is over, and the cookie gone" } },
  failures: [403, 503],
}, async ({ c }, { sessions }) => {
  requireSameOrigin(c, "Signing out must come from the console");
  const cookie = getCookie(c, sessionCookie(c));
  if (cookie !== undefined) await sessions.close(cookie);
  deleteCookie(c, sessionCookie(c), { path: "/" });
  return c.body(null, 204);
});

const status = route({
  method: "get",
  path: "/v1/status",
  operationId: "status",
  summary: "The roles, the feed and its gaps, the lag",
  description: "Details, lag and subscribed symbols are shown to the operator's tenant alone.",
  tag: "system",
  access: "rules:read",
  whileStarting: true,
  answers: { 200: { description: "The status", schema: StatusView } },
}, async ({ c, who }, { deps, store, feed, lag, persons, checkedDays }) => {
  const report = feed.report;
  const times = <T extends { at: number }>(list: readonly T[] = []) =>
    list.map((item) => ({ ...item, at: formatInstant(item.at) }));
  // Hosts, totals over tenants and which symbols others watch are the operator's own to know.
  const whole = who.tenant === DEFAULT_TENANT && who.person === undefined;
  const components = Object.entries(deps.health.components()).map(([name, { state, detail }]) => [
    name,
    { state, detail: whole ? detail : "" },
  ]);
  return c.json({
    ready: deps.health.ready,
    components: Object.fromEntries(components),
    source: report === undefined ? null : {
      name: report.source,
      state: report.state,
      detail: whole ? report.detail : "",
      refused: whole ? [...report.refused] : [],
      symbols: whole ? report.symbols.map(subscriptionView) : [],
    },
    gaps: times(report?.gaps),
    events: times(report?.events),
    lag: whole ? [...await lag.lag()] : [],
    rules: who.person === undefined ? store.count(who.tenant) : persons.count(who.tenant, who.person),
    selfCheck: selfCheckView(checkedDays.all()),
    now: formatInstant(deps.clock.now()),
  });
});

const listMails = route({
  method: "get",
  path: "/v1/mails",
  operationId: "listMails",
  summary: "The mails of the embedded outbox, the newest first",
  tag: "mails",
  access: "operator",
  query: z.strictObject({ limit: limitQuery(100, 1_000).optional() }),
  answers: { 200: { description: "Mails", schema: MailPage } },
  failures: [404],
}, async ({ c, query }, { deps }) => {
  const mails = await outboxOf(deps).list(query.limit ?? 100);
  const data = mails.map(({ id, to, subject, at }) => ({ id, to, subject, at: formatInstant(at) }));
  return c.json({ data, nextCursor: null });
});

const getMail = route({
  method: "get",
  path: "/v1/mails/{id}",
  operationId: "getMail",
  summary: "One mail of the embedded outbox",
  tag: "mails",
  access: "operator",
  answers: { 200: { description: "The mail", schema: MailView } },
  failures: [404],
}, async ({ c, param }, { deps }) => {
  const mail = await outboxOf(deps).get(param("id"));
  if (mail === undefined) throw notFound("mail", param("id"));
  const { id, to, subject, at, text, html } = mail;
  return c.json({ id, to, subject, at: formatInstant(at), text, html });
});

/** Health, metrics, the document, the console's session, the embedded outbox. */
export const SYSTEM_ROUTES: readonly Route[] = [
  live,
  ready,
  metrics,
  signIn,
  closeSession,
  status,
  listMails,
  getMail,
];

function selfCheckView(checked: CheckedSpan | undefined): z.output<typeof StatusView>["selfCheck"] {
  if (checked === undefined) return null;
  const { since, rounds, trades, missed, differences } = checked;
  return { since: formatInstant(since), rounds, trades, missed, unexpected: differences - missed };
}

/** @throws {HttpProblem} 404 where mails go to a mail service. */
function outboxOf({ mails }: ControlDeps): NonNullable<ControlDeps["mails"]> {
  if (mails !== undefined) return mails;
  const detail = "This installation does not keep its mails: they go to the mail service";
  throw new HttpProblem(404, "no_outbox", detail);
}

/** Opens a session, in a cookie that no script can read and no other site can use. */
export async function openSession(c: ControlContext, sessions: SessionStore, who: Identity): Promise<void> {
  const { text, lastsMs } = await sessions.open(who);
  setCookie(c, sessionCookie(c), text, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: isSecure(c),
    maxAge: Math.floor(lastsMs / 1_000),
  });
}
