import { z } from "zod";
import { addressOf, channelOf, isEndpointName } from "../rules/channels.ts";
import { decodeAs } from "./codec.ts";
import type { Delivery, LedgerFault } from "./ledger.ts";

/**
 * Webhook endpoints: a URL with secrets of its own, known by a name. A rule's recipient `webhook:NAME` means the
 * endpoint of that name in the rule's tenant.
 *
 * @module
 */

/** A secret that signs calls. Times are epoch ms. */
export interface EndpointSecret {
  /** `whsec_…`, as Standard Webhooks has it. */
  readonly secret: string;
  readonly createdAt: number;
  /** Null: it is the one in use; else it signs beside that one until then. */
  readonly endsAt: number | null;
}

/** An endpoint as it is stored. Times are epoch ms. */
export interface WebhookEndpoint {
  /** Its name, see `isEndpointName`; its own within the tenant. */
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False: nothing is sent, and deliveries are suppressed. */
  readonly enabled: boolean;
  /** The newest first. */
  readonly secrets: readonly EndpointSecret[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
}

/** Finds an endpoint of a tenant by its name. */
export type FindEndpoint = (tenant: string, id: string) => WebhookEndpoint | undefined;

const time = z.number().int().min(0);
const schema: z.ZodType<WebhookEndpoint> = z.object({
  id: z.string().refine(isEndpointName),
  tenant: z.string().min(1),
  url: z.string().min(1).max(2_000),
  description: z.string().max(500),
  labels: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  secrets: z.array(z.object({ secret: z.string().min(16), createdAt: time, endsAt: time.nullable() })).min(1),
  createdAt: time,
  createdBy: z.string(),
  updatedAt: time,
});

/** An endpoint as it is written. */
export function encodeEndpoint(endpoint: WebhookEndpoint): string {
  return JSON.stringify(endpoint);
}

/** @throws {InputError} code `bad_webhook`. */
export function decodeEndpoint(bytes: Uint8Array): WebhookEndpoint {
  return decodeAs(schema, bytes, { code: "bad_webhook", what: "a webhook endpoint" });
}

/** The name of the endpoint that a recipient means; undefined when it means none. */
export function endpointName(recipient: string): string | undefined {
  const address = addressOf(recipient);
  return channelOf(recipient) === "webhook" && isEndpointName(address) ? address : undefined;
}

/** The endpoint that a delivery goes to; undefined when it goes to none, or to one that is not there. */
export function endpointOf(delivery: Delivery, find: FindEndpoint): WebhookEndpoint | undefined {
  const name = endpointName(delivery.recipient);
  return name === undefined ? undefined : find(delivery.tenant ?? "", name);
}

/** Why nothing can be sent to the endpoint that a delivery names; undefined when it names none, or all is well. */
export function endpointFault(delivery: Delivery, find: FindEndpoint): LedgerFault | undefined {
  const name = endpointName(delivery.recipient);
  if (name === undefined) return undefined;
  const endpoint = find(delivery.tenant ?? "", name);
  if (endpoint === undefined) return { code: "unknown_webhook", reason: `there is no webhook ${name}` };
  return endpoint.enabled ? undefined : { code: "webhook_paused", reason: `the webhook ${name} is paused` };
}

/** The secrets that sign now, the one in use first. */
export function signingSecrets({ secrets }: WebhookEndpoint, now: number): readonly string[] {
  return secrets.filter(({ endsAt }) => endsAt === null || now < endsAt).map(({ secret }) => secret);
}

/** The endpoint with a new secret; the old ones sign beside it until `endsAt` at most. */
export function withNewSecret(
  endpoint: WebhookEndpoint,
  given: { readonly secret: string; readonly now: number; readonly endsAt: number },
): WebhookEndpoint {
  const { secret, now, endsAt } = given;
  const before = endpoint.secrets
    .map((one) => ({ ...one, endsAt: Math.min(one.endsAt ?? endsAt, endsAt) }))
    .filter((one) => now < one.endsAt)
    .slice(0, MOST_OLD_SECRETS);
  return { ...endpoint, secrets: [{ secret, createdAt: now, endsAt: null }, ...before], updatedAt: now };
}

/** Secrets beside the one in use, at most. */
const MOST_OLD_SECRETS = 3;
