import { signingSecrets, type WebhookEndpoint } from "../alerts/webhook_endpoint.ts";
import { maskedRecipient } from "../rules/channels.ts";
import { formatInstant } from "../rules/parse_instant.ts";
import { publicRuleId } from "../rules/tenancy.ts";
import type { KnownDelivery } from "./alerts/delivery_index.ts";

/** An endpoint's address without what is secret in it. */
export function maskedUrl({ url }: WebhookEndpoint): string {
  return maskedRecipient(`webhook:${url}`).slice("webhook:".length);
}

/** An endpoint for the audit: neither its address nor its secrets. */
export function auditedWebhook(endpoint: WebhookEndpoint, now: number) {
  return { ...webhookView(endpoint, now), url: maskedUrl(endpoint) };
}

/** An endpoint as the API answers it; of its secrets only since when they sign. */
export function webhookView(endpoint: WebhookEndpoint, now: number) {
  const { id, url, description, labels, enabled, createdBy } = endpoint;
  const live = new Set(signingSecrets(endpoint, now));
  return {
    id,
    url,
    description,
    labels: { ...labels },
    enabled,
    secrets: endpoint.secrets.filter(({ secret }) => live.has(secret)).map(({ createdAt, endsAt }) => ({
      createdAt: formatInstant(createdAt),
      endsAt: endsAt === null ? null : formatInstant(endsAt),
    })),
    createdAt: formatInstant(endpoint.createdAt),
    createdBy,
    updatedAt: formatInstant(endpoint.updatedAt),
  };
}

/** What became of a message to an endpoint. */
export function resultView({ id, tenant = "", state, attempts, at, code, reason }: KnownDelivery) {
  return {
    alertId: publicRuleId(tenant, id),
    state,
    attempts,
    at: formatInstant(at),
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
  };
}
