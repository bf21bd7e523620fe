import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { post } from "../http/post.ts";
import { isLoopback, isPublicAddress } from "./public_address.ts";
import { endpointSecret, signWebhook, standardSignature } from "./signature.ts";

export interface WebhookOptions {
  /** Sign every call; the first is the one in use, another one is on its way out. At least one. */
  readonly secrets: readonly string[];
  /** Also http, and loopback addresses, for tests on one machine. */
  readonly allowLocal?: boolean;
  /** Turns a host's name into addresses; the system's by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Alerts as signed JSON to a recipient's URL: `{ type, id, sentAt, subject, text, alerts }`.
 *
 * Headers: `Tickbell-Delivery` (the same on every try: what the receiver tells repetitions by), `Tickbell-Timestamp`
 * (Unix seconds), `Tickbell-Signature`; beside them those of Standard Webhooks, signed with the endpoint's own secret
 * (see `signature.ts`). Any 2xx is a success; redirects are not followed.
 *
 * Only https and only public addresses are called; the address that was checked is the one that is called.
 */
export class WebhookChannel implements Channel {
  readonly channel = "webhook";
  readonly transport = "webhook";
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const url = this.#checked(message.to);
    const body = JSON.stringify({
      type: message.deliveryId.startsWith("digest:") ? "digest" : "alert",
      id: message.deliveryId,
      sentAt: message.at,
      subject: message.subject,
      text: message.text,
      alerts: message.alerts,
    });
    const { status, headers, body: said } = await post({
      service: "webhook",
      url,
      headers: { "Content-Type": "application/json; charset=utf-8", ...this.#signed(message, body) },
      body,
      signal,
      concerns: "recipient",
      lookup: this.#lookup,
    });
    if (status >= 200 && status < 300) return { providerId: `HTTP ${status}` };
    throw httpFailure({
      service: "webhook",
      status,
      retryAfter: headers["retry-after"],
      body: said,
      now: message.at,
      // A hook's trouble is its own, not its host's.
      unavailable: "recipient",
    });
  }

  async close(): Promise<void> {}

  #signed({ deliveryId, at, to }: OutgoingMessage, body: string): Record<string, string> {
    const { secrets } = this.#options;
    const timestamp = String(Math.floor(at / 1000));
    const id = encodeURIComponent(deliveryId);
    const endpoint = secrets.map((secret) => endpointSecret(secret, to));
    return {
      "Tickbell-Delivery": id,
      "Tickbell-Timestamp": timestamp,
      "Tickbell-Signature": secrets.map((secret) => signWebhook(secret, timestamp, body)).join(","),
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": standardSignature(endpoint, { id, timestamp, body }),
    };
  }

  #checked(text: string): URL {
    const url = URL.parse(text);
    const local = this.#options.allowLocal === true;
    if (url === null || !(url.protocol === "https:" || local && url.protocol === "http:")) {
      throw badAddress("webhook", "a webhook's address must be an https URL");
    }
    if (url.username !== "" || url.password !== "") {
      throw badAddress("webhook", "a webhook's address must hold no password");
    }
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !this.#mayCall(host)) throw notPublic();
    return url;
  }

  #mayCall(address: string): boolean {
    return isPublicAddress(address) || this.#options.allowLocal === true && isLoopback(address);
  }

  /** Resolves a name and refuses it when any of its addresses is not public. */
  readonly #lookup: LookupFunction = (host, options, done) => {
    this.#resolve(host).then((addresses) => {
      if (addresses.length === 0 || !addresses.every((address) => this.#mayCall(address))) throw notPublic();
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      const first = found[0] as { address: string; family: number };
      if (options.all) done(null, found);
      else done(null, first.address, first.family);
    }).catch((error) => done(error, "", 0));
  };

  #resolve(host: string): Promise<readonly string[]> {
    if (this.#options.resolve) return this.#options.resolve(host);
    return new Promise((resolve, reject) => {
      lookup(host, { all: true }, (error, found) => {
        if (error) reject(error);
        else resolve(found.map(({ address }) => address));
      });
    });
  }
}

function notPublic() {
  return badAddress(
    "webhook",
    "a webhook's address must be a public one: private, local and special addresses are not called",
  );
}
