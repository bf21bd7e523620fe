import { day } from "../format.ts";
import type { ShownAlert, ShownDelivery } from "../api/types.ts";
import { isSettled, toneOf } from "./delivery.ts";

/** Which alerts are listed, by what became of them. */
export const ALERT_STATES = ["all", "open", "failed", "sent"] as const;
export type AlertState = typeof ALERT_STATES[number];

const MEASURED_ALERTS = 100;

/** How an alert's messages stand: something failed, something is open, or all are at their end. */
export function alertState(alert: ShownAlert): Exclude<AlertState, "all"> {
  if (alert.deliveries.some(({ state }) => state !== "failed" && toneOf(state) === "bad")) return "failed";
  return isSettled(alert) ? "sent" : "open";
}

/** The alerts that are listed, in the order they came. */
export function deskAlerts(
  alerts: readonly ShownAlert[],
  { search, state }: { readonly search: string; readonly state: AlertState },
): readonly ShownAlert[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return alerts.filter((alert) => {
    if (state !== "all" && alertState(alert) !== state) return false;
    const { symbol, name, nameEn, ruleId, note, recipients } = alert;
    const text = [symbol, name, nameEn, ruleId, note, ...recipients].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The alerts by their days in Seoul, newest first as they come. */
export function byDay(
  alerts: readonly ShownAlert[],
): readonly (readonly [day: string, alerts: readonly ShownAlert[]])[] {
  const days = new Map<string, ShownAlert[]>();
  for (const alert of alerts) {
    const of = day(alert.eventTime);
    const known = days.get(of);
    if (known === undefined) days.set(of, [alert]);
    else known.push(alert);
  }
  return [...days];
}

/** How long after their trades the messages of the newest alerts were sent, ms, ascending. */
export function latencies(alerts: readonly ShownAlert[]): readonly number[] {
  return alerts.slice(0, MEASURED_ALERTS)
    .flatMap((alert) => alert.deliveries.flatMap((delivery) => sentAfterMs(alert, delivery) ?? []))
    .sort((a, b) => a - b);
}

/**
 * How long after its trade's second began a message was sent, ms: at most so long after the trade, for exchanges say no
 * more than the second. Undefined where it was not sent, or the trade is of another time (a replay).
 */
export function sentAfterMs(alert: ShownAlert, { state, at }: ShownDelivery): number | undefined {
  if (at === null || toneOf(state) !== "done") return undefined;
  const ms = at - alert.eventTime;
  return ms >= 0 && ms < 86_400_000 ? ms : undefined;
}
