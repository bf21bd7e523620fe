import { OutsideError } from "../../core/errors.ts";
import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { httpFailure, noAnswer } from "../../ports/http_outcome.ts";

export interface SlackOptions {
  /** Where incoming webhooks are: recipients elsewhere are refused. `https://hooks.slack.com` in the product. */
  readonly base: string;
}

/** Slack cuts a message's text at 40,000 characters; well below, it stays readable. */
const TEXT_LIMIT = 12_000;
const CALL_LIMIT_PER_SECOND = 1;

/**
 * Messages to Slack's incoming webhooks; the recipient is the webhook's URL.
 *
 * Delivery: Slack knows no idempotency key. A long digest goes out in several messages; when a later one fails, all are
 * sent again.
 */
export class SlackChannel implements Channel {
  readonly channel = "slack";
  readonly transport = "slack";
  readonly #base: URL;

  constructor(options: SlackOptions) {
    this.#base = new URL(options.base);
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const url = URL.parse(message.to);
    if (url === null || url.origin !== this.#base.origin) {
      throw new OutsideError("slack_refused", `a Slack address must begin with ${this.#base.origin}/`, {
        retryable: false,
      });
    }
    for (const text of chunksOf(`*${escape(message.subject)}*\n${escape(message.text)}`, TEXT_LIMIT)) {
      await this.#post(url, text, message.at, signal);
    }
    return { providerId: "ok" };
  }

  /** Slack takes one message a second and webhook, with short bursts. */
  limits(): Promise<{ perSecond: number; concurrent: number }> {
    return Promise.resolve({ perSecond: CALL_LIMIT_PER_SECOND, concurrent: 1 });
  }

  async close(): Promise<void> {}

  async #post(url: URL, text: string, now: number, signal: AbortSignal): Promise<void> {
    const init: RequestInit = {
      method: "POST",
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify({ text, unfurl_links: false }),
      redirect: "manual",
      signal,
    };
    const response = await fetch(url, init).catch((error) => {
      throw noAnswer("slack", error);
    });
    const body = await response.text();
    if (response.ok) return;
    const retryAfter = response.headers.get("retry-after");
    throw httpFailure({ service: "slack", status: response.status, retryAfter, body, now });
  }
}

/** Slack's three control characters; links and mentions in a note stay text. */
function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
