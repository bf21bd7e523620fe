import { z } from "@hono/zod-openapi";
import type { Alert } from "../../alerts/alert.ts";
import { formatInstant, parseInstant } from "../../rules/parse_instant.ts";
import { storedRuleId } from "../../rules/tenancy.ts";
import { decodePositions, encodePositions, type IndexedAlert } from "../alerts/alert_index.ts";
import type { KnownDelivery } from "../alerts/delivery_index.ts";
import type { Api } from "../http/api.ts";
import { pageOfItems } from "../http/cursor.ts";
import { eventStream } from "../http/event_stream.ts";
import { notFound } from "../http/problem.ts";
import { AlertDetail, AlertListQuery, AlertPage } from "../schemas/alert.ts";
import { alertView } from "../views.ts";
import type { Services } from "./services.ts";

/** Alerts: history and live. */
export function addAlertRoutes(api: Api, { alerts, deliveries, stopping, streams }: Services): void {
  api.add({
    method: "get",
    path: "/v1/alerts",
    operationId: "listAlerts",
    summary: "List alerts, the newest first",
    tag: "alerts",
    access: "rules:read",
    query: AlertListQuery,
    answers: { 200: { description: "A page of alerts", schema: AlertPage } },
  }, ({ c, who, query }) => {
    const page = pageOfItems(matching(alerts.alerts(who.tenant), query, who.tenant), query, {
      sort: "-eventTime",
      keys: (alert) => [alert.eventTime, alert.id],
      view: alertView,
    });
    return c.json(page);
  });

  api.add({
    method: "get",
    path: "/v1/alerts/stream",
    operationId: "streamAlerts",
    summary: "Alerts as they fire, as server-sent events",
    description:
      "Event `alert`, data an alert. `heartbeat` every 15 s. Last-Event-ID resumes after what was seen last.",
    tag: "alerts",
    access: "rules:read",
    query: z.strictObject({
      lastEventId: z.string().min(1).max(2_000).optional().openapi({
        description: "In place of the header, for clients that cannot send it",
      }),
    }),
    headers: {
      "Last-Event-ID": z.string().openapi({ description: "The id of the last event that was seen" }),
    },
    answers: { 200: { description: "Events", contentType: "text/event-stream" } },
  }, ({ c, who, query }) => {
    const last = c.req.header("last-event-id") ?? query.lastEventId;
    const positions = [...alerts.positions];
    const from = last === undefined ? undefined : decodePositions(last, positions.length);
    const mine = ({ alert }: IndexedAlert) => alert.tenant === who.tenant;
    // Each event's id says where every partition stands once it has been seen.
    const seen = [...(from ?? positions)];
    const event = (indexed: IndexedAlert) => {
      seen[indexed.partition] = Math.max(seen[indexed.partition] ?? 0, indexed.offset + 1);
      return { event: "alert", data: alertView(indexed.alert), id: encodePositions(seen) };
    };
    return eventStream(c, {
      listen: (tell) =>
        alerts.listen((indexed) => {
          if (mine(indexed)) tell({ event: "alert", data: indexed });
        }),
      before: from && async function* (signal: AbortSignal) {
        for await (const indexed of alerts.between(from, positions, signal)) {
          if (mine(indexed)) yield event(indexed);
        }
      },
      finish: (told) => event(told.data as IndexedAlert),
    }, { stopping, streams });
  });

  api.add({
    method: "get",
    path: "/v1/alerts/{id}",
    operationId: "getAlert",
    summary: "One alert with what became of its deliveries",
    tag: "alerts",
    access: "rules:read",
    answers: { 200: { description: "The alert", schema: AlertDetail } },
    failures: [404],
  }, ({ c, who, param }) => {
    const id = storedRuleId(who.tenant, param("id"));
    const alert = alerts.get(id);
    if (alert?.tenant !== who.tenant) throw notFound("alert", param("id"));
    return c.json({ ...alertView(alert), deliveries: deliveries.of(id).map(deliveryView) });
  });
}

function deliveryView(delivery: KnownDelivery) {
  const { recipient, channel, state, attempts, at, code, reason, retryAt, providerId, transport, digestId } =
    delivery;
  return {
    recipient,
    channel,
    state,
    attempts,
    at: formatInstant(at),
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAt === undefined ? {} : { retryAt: formatInstant(retryAt) }),
    ...(providerId === undefined ? {} : { providerId }),
    ...(transport === undefined ? {} : { transport }),
    ...(digestId === undefined ? {} : { digestId }),
  };
}

function* matching(
  alerts: Iterable<Alert>,
  query: z.output<typeof AlertListQuery>,
  tenant: string,
): IterableIterator<Alert> {
  const from = query.from === undefined ? 0 : parseInstant(timeText(query.from), "from");
  const to = query.to === undefined ? Infinity : parseInstant(timeText(query.to), "to");
  const ruleId = query.ruleId === undefined ? undefined : storedRuleId(tenant, query.ruleId);
  for (const alert of alerts) {
    if (alert.eventTime < from || alert.eventTime >= to) continue;
    if (query.symbol !== undefined && alert.symbol !== query.symbol) continue;
    if (query.kind !== undefined && alert.kind !== query.kind) continue;
    if (ruleId !== undefined && alert.ruleId !== ruleId) continue;
    if (query.recipient !== undefined && !alert.recipients.includes(query.recipient)) continue;
    yield alert;
  }
}

/** A time of a query: digits are epoch ms. A "+" that was sent unescaped arrives as a blank. */
export function timeText(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text.replace(/ (?=\d{2}:\d{2}$)/, "+");
}
