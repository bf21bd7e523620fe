import { lookup } from "node:dns";
import { type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { OutsideError } from "../../core/errors.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { httpFailure, noAnswer } from "../../ports/http_outcome.ts";
import { isLoopback, isPublicAddress } from "./public_address.ts";
import { signWebhook } from "./signature.ts";

export interface WebhookOptions {
  /** Signs every call. */
  readonly secret: string;
  /** Also http, and loopback addresses, for tests on one machine. */
  readonly allowLocal?: boolean;
  /** Turns a host's name into addresses; the system's by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** What is read of an answer. */
const ANSWER_BYTES = 4_096;

/**
 * Alerts as signed JSON to a recipient's URL: `{ type, id, sentAt, subject, text, alerts }`.
 *
 * Headers: `Tickbell-Delivery` (the same on every try: what the receiver tells repetitions by), `Tickbell-Timestamp`
 * (Unix seconds), `Tickbell-Signature` (see `signature.ts`). Any 2xx is a success; redirects are not followed.
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
    const timestamp = String(Math.floor(message.at / 1000));
    const headers = {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": String(new TextEncoder().encode(body).length),
      "User-Agent": "Tickbell-Webhook/1",
      "Tickbell-Delivery": encodeURIComponent(message.deliveryId),
      "Tickbell-Timestamp": timestamp,
      "Tickbell-Signature": signWebhook(this.#options.secret, timestamp, body),
    };
    const answer = await this.#call(url, { method: "POST", headers, signal }, body);
    if (answer.status >= 200 && answer.status < 300) return { providerId: `HTTP ${answer.status}` };
    throw httpFailure({ service: "webhook", ...answer, now: message.at });
  }

  /** For one host: what a small service bears. */
  limits(): Promise<{ perSecond: number; concurrent: number }> {
    return Promise.resolve({ perSecond: 50, concurrent: 8 });
  }

  async close(): Promise<void> {}

  #checked(text: string): URL {
    const url = URL.parse(text);
    const local = this.#options.allowLocal === true;
    if (url === null || !(url.protocol === "https:" || local && url.protocol === "http:")) {
      throw refused("a webhook's address must be an https URL");
    }
    if (url.username !== "" || url.password !== "") {
      throw refused("a webhook's address must hold no password");
    }
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !this.#mayCall(host)) throw notPublic();
    return url;
  }

  #mayCall(address: string): boolean {
    return isPublicAddress(address) || this.#options.allowLocal === true && isLoopback(address);
  }

  #call(url: URL, options: RequestOptions, body: string): Promise<Answer> {
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const call = request(url, { ...options, agent: false, lookup: this.#lookup }, (answer) => {
        readAnswer(answer).then(resolve, reject);
      });
      call.on("error", (error) => reject(error instanceof OutsideError ? error : noAnswer("webhook", error)));
      call.end(body);
    });
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

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= ANSWER_BYTES) break;
  }
  answer.destroy();
  return {
    status: answer.statusCode ?? 0,
    retryAfter: answer.headers["retry-after"] ?? null,
    body: printableBody(chunks),
  };
}

function printableBody(chunks: readonly Uint8Array[]): string {
  const text = chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

function refused(reason: string): OutsideError {
  return new OutsideError("webhook_refused", reason, { retryable: false });
}

function notPublic(): OutsideError {
  return refused(
    "a webhook's address must be a public one: private, local and special addresses are not called",
  );
}
