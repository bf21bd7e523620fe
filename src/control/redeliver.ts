import type { z } from "@hono/zod-openapi";
import { encodeAlert } from "../alerts/codec.ts";
import { isDigest, isFinal } from "../alerts/ledger.ts";
import type { WebhookEndpoint } from "../alerts/webhook_endpoint.ts";
import { REDELIVER, REDRIVEN_HEADER } from "../books/dead_letters.ts";
import type { NewRecord } from "../ports/event_log.ts";
import { storedRuleId } from "../rules/tenancy.ts";
import type { KnownDelivery } from "./alerts/delivery_index.ts";
import { instantOf } from "./http/instant.ts";
import type { Services } from "./routes/services.ts";
import type { RedeliverInput } from "./schemas/webhook.ts";

/** Messages that one request sends again. */
const MOST_REDELIVERED = 1_000;

/** What became of an endpoint's messages, the newest first. */
export function resultsOf(
  { tenant, id }: WebhookEndpoint,
  { deliveries }: Pick<Services, "deliveries">,
): KnownDelivery[] {
  const recipient = `webhook:${id}`;
  const own = [...deliveries.ofTenant(tenant)].filter((delivery) => delivery.recipient === recipient);
  return own.sort((one, other) => other.at - one.at);
}

/** The records that have messages sent again. */
export function redeliveries(
  endpoint: WebhookEndpoint,
  wanted: z.output<typeof RedeliverInput>,
  services: Pick<Services, "alerts" | "deliveries">,
): readonly { readonly id: string; readonly record: NewRecord }[] {
  const ended = resultsOf(endpoint, services).filter((delivery) =>
    isFinal(delivery.state) && !isDigest(delivery)
  );
  const chosen = "alertId" in wanted
    ? ended.filter(({ id }) => id === storedRuleId(endpoint.tenant, wanted.alertId))
    : unsent(ended, instantOf(wanted.failedSince, "failedSince"));
  return chosen.slice(0, MOST_REDELIVERED).flatMap(({ id, recipient }) => {
    const alert = services.alerts.get(id);
    if (alert === undefined) return [];
    const headers = { [REDRIVEN_HEADER]: REDELIVER, recipient };
    const { symbol: key, eventTime: timestamp } = alert;
    return [{
      id,
      record: { topic: "alerts", key, value: encodeAlert(alert), timestamp, headers } as const,
    }];
  });
}

function unsent(ended: readonly KnownDelivery[], since: number): readonly KnownDelivery[] {
  return ended.filter(({ state, at }) => (state === "dead" || state === "suppressed") && at >= since);
}
