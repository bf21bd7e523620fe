import { isDigest } from "../../alerts/ledger.ts";
import { isNoticeId } from "../../alerts/notice.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { httpFailure } from "../../ports/http_outcome.ts";
import { deliveryDigest } from "../../ports/mail.ts";
import { post } from "../http/post.ts";
import { PublicOnly } from "../http/public_only.ts";
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
 * Headers: `Tickbell-Delivery` (the same on every try: what the receiver knows repetitions by), `Tickbell-Timestamp`
 * (Unix seconds), `Tickbell-Signature`; beside them those of Standard Webhooks, signed with the endpoint's own secret
 * (see `signature.ts`). Any 2xx is a success; redirects are not followed.
 *
 * Only https and only public addresses are called; the address that was checked is the one that is called.
 */
export class WebhookChannel implements Channel {
  readonly channel = "webhook";
  readonly transport = "webhook";
  readonly #secrets: readonly string[];
  readonly #public: PublicOnly;

  constructor({ secrets, ...options }: WebhookOptions) {
    this.#secrets = secrets;
    this.#public = new PublicOnly({ service: "webhook", ...options });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const url = this.#public.checked(message.to);
    const body = message.body ?? JSON.stringify({
      type: typeOf(message),
      id: message.deliveryId,
      sentAt: message.at,
      subject: message.subject,
      text: message.text,
      alerts: message.alerts,
    });
    const { status, headers, body: said } = await post({
      service: "webhook",
      url,
      headers: { "Content-Type": "application/json; charset=utf-8", ...await this.#signed(message, body) },
      body,
      signal,
      concerns: "recipient",
      lookup: this.#public.lookup,
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

  async #signed(message: OutgoingMessage, body: string): Promise<Record<string, string>> {
    const { deliveryId, at, to, secrets = this.#secrets } = message;
    const timestamp = String(Math.floor(at / 1000));
    // Without dots, which part what is signed.
    const id = `msg_${await deliveryDigest(deliveryId)}`;
    const endpoint = message.secrets ?? secrets.map((secret) => endpointSecret(secret, to));
    return {
      "Tickbell-Delivery": encodeURIComponent(deliveryId),
      "Tickbell-Timestamp": timestamp,
      "Tickbell-Signature": secrets.map((secret) => signWebhook(secret, timestamp, body)).join(","),
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": standardSignature(endpoint, { id, timestamp, body }),
    };
  }
}

/** What a call is about: an alert, several, or only a test. */
function typeOf({ deliveryId }: OutgoingMessage): "alert" | "digest" | "test" {
  if (isNoticeId(deliveryId)) return "test";
  return isDigest({ id: deliveryId }) ? "digest" : "alert";
}
