import { cutText } from "../../alerts/chunks.ts";
import { oneLine } from "../../alerts/safe_text.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { post } from "../http/post.ts";
import { PublicOnly, type PublicOnlyOptions } from "../http/public_only.ts";
import { encryptPush, MOST_BYTES, vapidHeader, type VapidKeys } from "./encryption.ts";

export interface PushOptions extends Omit<PublicOnlyOptions, "service"> {
  readonly keys: VapidKeys;
  /** How the push services reach whoever runs this: `mailto:…` or an https URL. */
  readonly subject: string;
}

/** How long a push service keeps a message for a device that is off, seconds. */
const TTL_SECONDS = 12 * 3_600;
/** How long a token is valid, and used for one push service, seconds (RFC 8292, 2: a day at most, and to be used again). */
const TOKEN_SECONDS = 7_200;
const REUSED_SECONDS = 3_600;
/** Push services whose tokens are kept: there are a handful, but an address may name any host. */
const ORIGINS = 64;

/**
 * Web push to a browser's subscription, through the browser's own push service (RFC 8030, 8291, 8292): no third party's
 * account. The recipient is the subscription: its endpoint, and after `#` its keys. The service worker is given
 * `{ id, title, body, alert, page, alerts }`; a long digest is cut, with how many there are.
 *
 * Delivery: a repetition has the same topic and replaces the one that was not fetched yet, and the same `id`.
 */
export class PushChannel implements Channel {
  readonly channel = "push";
  readonly transport = "push";
  readonly #options: PushOptions;
  readonly #public: PublicOnly;
  /** By push service. */
  readonly #tokens = new Map<string, Token>();

  constructor(options: PushOptions) {
    this.#options = options;
    this.#public = new PublicOnly({ ...options, service: "push" });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    if (CHANNEL_KINDS.push.fault(message.to) !== undefined) {
      throw badAddress("push", "a push recipient must be a subscription: its endpoint, #p256dh=…&auth=…");
    }
    const url = this.#public.checked(message.to);
    const keys = new URLSearchParams(url.hash.slice(1));
    url.hash = "";
    const subscription = { p256dh: keys.get("p256dh") ?? "", auth: keys.get("auth") ?? "" };
    const body = await encryptPush(contentOf(message), subscription).catch(() => {
      throw badAddress("push", "the subscription's keys are none");
    });
    const { status, headers, body: said } = await post({
      service: "push",
      url,
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        TTL: String(TTL_SECONDS),
        Urgency: "high",
        Topic: await topicOf(message.deliveryId),
        Authorization: await this.#authorization(url.origin, Math.floor(message.at / 1000)),
      },
      body,
      signal,
      lookup: this.#public.lookup,
    });
    if (status >= 200 && status < 300) return { providerId: headers.location ?? `HTTP ${status}` };
    // 404 and 410: the subscription is gone; 401 and 403: it was made for other keys.
    throw httpFailure({
      service: "push",
      status,
      retryAfter: headers["retry-after"],
      body: said,
      now: message.at,
    });
  }

  async close(): Promise<void> {}

  /** Signing costs as much as encrypting: one token serves for an hour. @param now Unix seconds. */
  async #authorization(origin: string, now: number): Promise<string> {
    const kept = this.#tokens.get(origin);
    if (kept !== undefined && now >= kept.from && now < kept.from + REUSED_SECONDS) return await kept.header;
    const { keys, subject } = this.#options;
    const header = vapidHeader(keys, { origin, subject, expires: now + TOKEN_SECONDS });
    if (this.#tokens.size >= ORIGINS) this.#tokens.clear();
    this.#tokens.set(origin, { from: now, header });
    return await header;
  }
}

/** An Authorization header for one push service. */
interface Token {
  /** Unix seconds. */
  readonly from: number;
  readonly header: Promise<string>;
}

function contentOf(message: OutgoingMessage): Uint8Array {
  const [first] = message.alerts;
  for (let limit = CHANNEL_KINDS.push.textLimit;; limit = Math.floor(limit / 2)) {
    const content = new TextEncoder().encode(JSON.stringify({
      id: message.deliveryId,
      title: oneLine(message.subject, 120),
      body: cutText(withoutLinks(message.text), limit),
      alert: first?.id ?? null,
      page: message.page ?? null,
      alerts: message.alerts.length,
    }));
    if (content.length <= MOST_BYTES) return content;
  }
}

/** A push is pressed: lines that are links would only take room. */
function withoutLinks(text: string): string {
  return text.split("\n").filter((line) => !/: https?:\/\/\S+$/.test(line)).join("\n").trim();
}

/** At most 32 characters of base64url (RFC 8030, 5.4), the same on every try. */
async function topicOf(deliveryId: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(deliveryId));
  return [...new Uint8Array(hash, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
