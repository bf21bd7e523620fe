/**
 * From the API's JSON to the console's types. The API writes times as ISO 8601 and alerts as they stand on the topic
 * (epoch ms); here all are epoch ms.
 *
 * @module
 */

import type {
  ApiAlert,
  ApiDeadLetter,
  ApiDelivery,
  ApiHappening,
  ApiMail,
  ApiRule,
  ApiStatus,
  ApiTrial,
} from "./types.ts";

type Json = Readonly<Record<string, unknown>>;

export function readRule(json: Json): ApiRule {
  return {
    ...json as unknown as ApiRule,
    note: textOf(json.note),
    labels: (json.labels ?? {}) as Record<string, string>,
    createdAt: timeOf(json.createdAt) ?? 0,
    expiresAt: timeOf(json.expiresAt),
  };
}

export function readAlert(json: Json): ApiAlert {
  return {
    ...json as unknown as ApiAlert,
    name: textOf(json.name),
    nameEn: textOf(json.nameEn),
    note: textOf(json.note),
    eventTime: timeOf(json.eventTime) ?? 0,
    deliveries: listOf(json.deliveries).map(readDelivery),
  };
}

function readDelivery(json: Json): ApiDelivery {
  return {
    recipient: textOf(json.recipient),
    state: json.state as ApiDelivery["state"],
    attempts: typeof json.attempts === "number" ? json.attempts : 0,
    reason: textOf(json.reason),
    at: timeOf(json.at ?? json.updatedAt),
  };
}

export function readMail(json: Json): ApiMail {
  const to = json.to;
  return {
    id: textOf(json.id),
    to: Array.isArray(to) ? to.join(", ") : textOf(to),
    subject: textOf(json.subject),
    at: timeOf(json.at ?? json.date) ?? 0,
    text: textOf(json.text),
    html: textOf(json.html),
  };
}

export function readStatus(json: Json): ApiStatus {
  const source = json.source as Json | null | undefined;
  return {
    components: Object.entries((json.components ?? {}) as Record<string, Json>).map(([name, health]) => ({
      name,
      state: textOf(health.state),
      detail: textOf(health.detail),
    })),
    source: source && {
      name: textOf(source.name),
      state: textOf(source.state),
      detail: textOf(source.detail),
      refused: listOf(source.refused).map((one) => ({
        symbol: textOf(one.symbol),
        text: textOf(one.reason),
      })),
    },
    gaps: listOf(json.gaps).map((gap) => readHappening(gap, gap.reason)),
    events: listOf(json.events).map((event) => readHappening(event, event.what)),
    lag: listOf(json.lag).map((one) => ({ role: textOf(one.role), records: Number(one.records) })),
  };
}

const REDRIVABLE = /^(?:trades|quotes|alerts)\//;

export function readDeadLetter(json: Json): ApiDeadLetter {
  return {
    id: textOf(json.id),
    at: timeOf(json.at) ?? 0,
    role: textOf(json.role),
    code: textOf(json.code),
    reason: textOf(json.reason),
    redrivable: REDRIVABLE.test(textOf(json.origin)),
  };
}

export function readTrial(json: Json): ApiTrial {
  return {
    trades: Number(json.trades),
    fires: Number(json.fires),
    last: timeOf(listOf(json.alerts).at(-1)?.at),
  };
}

function readHappening(json: Json, text: unknown): ApiHappening {
  const symbol = textOf(json.symbol);
  return { symbol: symbol === "*" ? "" : symbol, text: textOf(text), at: timeOf(json.at) ?? 0 };
}

/** Epoch ms of a number or an ISO 8601 text; null where there is no time. */
export function timeOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value === "") return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}
