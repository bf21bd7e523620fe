import { decodeEndpoint, encodeEndpoint, type WebhookEndpoint } from "../alerts/webhook_endpoint.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

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

/** The endpoints as they stand in the log, read to its end and then followed. */
export class WebhookBook {
  readonly #webhooks = new Webhooks();
  readonly #projection: Projection;

  private constructor(log: EventLog) {
    this.#projection = new Projection({ log, topic: "control", readers: [this.#webhooks] });
  }

  /**
   * Reads everything that is there now.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog): Promise<WebhookBook> {
    const book = new WebhookBook(log);
    await book.#projection.load();
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(options: FollowOptions): Promise<void> {
    await this.#projection.follow(options);
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#projection.failure;
  }

  /** The endpoint of a name in a tenant. */
  get find(): Webhooks["find"] {
    return this.#webhooks.find;
  }

  /** Every endpoint. */
  all(): readonly WebhookEndpoint[] {
    return this.#webhooks.all();
  }
}

function placeOf({ tenant, id }: Pick<WebhookEndpoint, "tenant" | "id">): string {
  return `${tenant}/${id}`;
}
