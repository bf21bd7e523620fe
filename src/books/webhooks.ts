import { decodeEndpoint, encodeEndpoint, type WebhookEndpoint } from "../alerts/webhook_endpoint.ts";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import type { ProjectionReader } from "./projection.ts";

/** The record of an endpoint as it now is, or of its end. */
export function endpointRecord(endpoint: WebhookEndpoint, at: number, ended = false): NewRecord {
  return {
    topic: "control",
    key: ownKey("webhook", placeOf(endpoint)),
    value: ended ? null : encodeEndpoint(endpoint),
    timestamp: at,
  };
}

/** What a record says of an endpoint: it is so, or it is gone. */
export interface EndpointNews {
  readonly place: string;
  readonly endpoint: WebhookEndpoint | null;
}

/** The webhook endpoints of the control topic, by tenant and name. */
export class Webhooks implements ProjectionReader<EndpointNews> {
  readonly #endpoints = new Map<string, WebhookEndpoint>();

  /** The endpoint of a name in a tenant. */
  readonly find = (tenant: string, id: string): WebhookEndpoint | undefined =>
    this.#endpoints.get(placeOf({ tenant, id }));

  /** Every endpoint. */
  all(): readonly WebhookEndpoint[] {
    return [...this.#endpoints.values()];
  }

  /** Those of a tenant. */
  *of(tenant: string): IterableIterator<WebhookEndpoint> {
    for (const endpoint of this.#endpoints.values()) if (endpoint.tenant === tenant) yield endpoint;
  }

  /** @throws {InputError} for what is no endpoint; {Error} for one that stands under another's key. */
  decode({ key, value }: LogRecord): EndpointNews | undefined {
    const place = ownId("webhook", key);
    if (place === undefined) return undefined;
    const endpoint = value && decodeEndpoint(value);
    if (endpoint !== null && placeOf(endpoint) !== place) throw new Error(`is not the record of ${place}`);
    return { place, endpoint };
  }

  apply({ place, endpoint }: EndpointNews): void {
    if (endpoint === null) this.#endpoints.delete(place);
    else this.#endpoints.set(place, endpoint);
  }
}

function placeOf({ tenant, id }: Pick<WebhookEndpoint, "tenant" | "id">): string {
  return `${tenant}/${id}`;
}
