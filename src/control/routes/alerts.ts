import { z } from "@hono/zod-openapi";
import type { Alert } from "../../alerts/alert.ts";
import { kindNamed } from "../../rules/parse_shorthand.ts";
import { publicRuleId, storedRuleId } from "../../rules/tenancy.ts";
import { accountOf, ownOf } from "../people/person_policy.ts";
import { owns } from "../people/person_routes.ts";
import type { AlertIndex, IndexedAlert } from "../alerts/alert_index.ts";
import { instantOf } from "../http/instant.ts";
import { type Route, route } from "./route_table.ts";
import type { TurnTaker } from "../turns.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { type EventSource, eventStream } from "../http/event_stream.ts";
import { encodePositions, resumedFrom } from "../http/positions.ts";
import { notFound } from "../http/problem.ts";
import { lastEventId } from "../schemas/common.ts";
import { AlertDetail, AlertListQuery, AlertPage } from "../schemas/alert.ts";
import { alertView, deliveryView } from "../views.ts";

const listAlerts = route({
  method: "get",
  path: "/v1/alerts",
  operationId: "listAlerts",
  summary: "List alerts, the newest first",
  tag: "alerts",
  access: "rules:read",
  query: AlertListQuery,
  answers: { 200: { description: "A page of alerts", schema: AlertPage } },
}, async ({ c, who, query }, { alerts, turns }) => {
  const own = ownOf(alerts.alerts(who.tenant), who, ({ ruleId }) => ruleId);
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(own, query, {
    turns: turn,
    sort: "-eventTime",
    matches: matching(query, who.tenant),
    keys: (alert) => [alert.eventTime, alert.id],
    view: alertView,
  });
  return jsonPage(c, page, turn);
});

const streamAlerts = route({
  method: "get",
  path: "/v1/alerts/stream",
  operationId: "streamAlerts",
  summary: "Alerts as they fire, as server-sent events",
  description:
    "Event `alert`, data an alert. `heartbeat` every 15 s. Every event has an id, the first heartbeat too: Last-Event-ID " +
    "resumes after what was seen last. 410 says that what was missed cannot be sent any more: read the list.",
  tag: "alerts",
  access: "rules:read",
  query: z.strictObject({
    lastEventId: lastEventId.optional(),
  }),
  headers: {
    "Last-Event-ID": lastEventId,
  },
  answers: { 200: { description: "Events", contentType: "text/event-stream" } },
  failures: [410],
}, async ({ c, who, query }, { deps, alerts, liveness, streams, stopping, turns }) => {
  const id = c.req.header("last-event-id") ?? query.lastEventId;
  const mine = ({ alert }: IndexedAlert) =>
    alert.tenant === who.tenant && owns(who, publicRuleId(alert.tenant, alert.ruleId));
  const now = [...alerts.positions];
  const from = id === undefined ? undefined : await resumedFrom({ log: deps.log, topic: "alerts", id, now });
  return eventStream(c, alertEvents(alerts, { mine, from, turns: turns.of(accountOf(who)) }), {
    stopping,
    streams,
    liveness,
  });
});

const getAlert = route({
  method: "get",
  path: "/v1/alerts/{id}",
  operationId: "getAlert",
  summary: "One alert with what became of its deliveries",
  tag: "alerts",
  access: "rules:read",
  answers: { 200: { description: "The alert", schema: AlertDetail } },
  failures: [404],
}, ({ c, who, param }, { alerts, deliveries }) => {
  const id = storedRuleId(who.tenant, param("id"));
  const alert = alerts.get(id);
  if (alert?.tenant !== who.tenant) throw notFound("alert", param("id"));
  return c.json({ ...alertView(alert), deliveries: deliveries.of(id).map(deliveryView) });
});

/** Alerts: history and live. */
export const ALERT_ROUTES: readonly Route[] = [
  listAlerts,
  streamAlerts,
  getAlert,
];

/** Alerts as they come, from some positions on: what each event's id says has been seen when the event has. */
function alertEvents(
  alerts: AlertIndex,
  { mine, from, turns }: {
    readonly mine: (indexed: IndexedAlert) => boolean;
    readonly from: readonly number[] | undefined;
    readonly turns: TurnTaker;
  },
): EventSource {
  const begun = [...alerts.positions];
  const seen = [...(from ?? begun)];
  let replayed = from === undefined;
  let waiting = 0;
  const idAfter = ({ partition, offset }: IndexedAlert) => {
    seen[partition] = Math.max(seen[partition] ?? 0, offset + 1);
    return encodePositions(seen);
  };
  const dataOf = ({ alert }: IndexedAlert) => JSON.stringify(alertView(alert));
  return {
    listen: (emit) =>
      alerts.listen((indexed) => {
        if (!mine(indexed)) return;
        waiting++;
        const id = () => {
          waiting--;
          return idAfter(indexed);
        };
        emit({ event: "alert", data: dataOf(indexed), id });
      }),
    ...(from === undefined ? {} : {
      before: async function* (signal: AbortSignal) {
        for await (const indexed of turns.paced(alerts.between(from, begun, signal))) {
          if (mine(indexed)) yield { event: "alert", data: dataOf(indexed), id: idAfter(indexed) };
        }
        replayed = true;
      },
    }),
    position() {
      // Other tenants' alerts are seen as soon as nothing of one's own is left to be sent.
      if (replayed && waiting === 0) {
        for (const [partition, at] of alerts.positions.entries()) seen[partition] = at;
      }
      return encodePositions(seen);
    },
  };
}

function matching(query: z.output<typeof AlertListQuery>, tenant: string): (alert: Alert) => boolean {
  const from = query.from === undefined ? 0 : instantOf(query.from, "from");
  const to = query.to === undefined ? Infinity : instantOf(query.to, "to");
  const ruleId = query.ruleId === undefined ? undefined : storedRuleId(tenant, query.ruleId);
  const kind = kindNamed(query.kind);
  return (alert) =>
    alert.eventTime >= from && alert.eventTime < to &&
    (query.symbol === undefined || alert.symbol === query.symbol) &&
    (kind === undefined || alert.kind === kind) &&
    (ruleId === undefined || alert.ruleId === ruleId) &&
    (query.recipient === undefined || alert.recipients.includes(query.recipient));
}
