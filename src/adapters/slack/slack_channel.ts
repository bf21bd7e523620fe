import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { post } from "../http/post.ts";

export interface SlackOptions {
  /** Where incoming webhooks are: recipients elsewhere are refused. `https://hooks.slack.com` in the product. */
  readonly base: string;
}

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
      throw badAddress("slack", `a Slack address must begin with ${this.#base.origin}/`);
    }
    const whole = `*${escape(message.subject)}*\n${escape(message.text)}`;
    for (const text of chunksOf(whole, CHANNEL_KINDS.slack.textLimit)) {
      const { status, headers, body } = await post({
        service: "slack",
        url,
        headers: { "Content-Type": "application/json; charset=utf-8" },
        body: JSON.stringify({ text, unfurl_links: false }),
        signal,
      });
      if (status >= 200 && status < 300) continue;
      throw httpFailure({
        service: "slack",
        status,
        retryAfter: headers["retry-after"],
        body,
        now: message.at,
      });
    }
    return { providerId: "ok" };
  }

  async close(): Promise<void> {}
}

/** Slack's three control characters; links and mentions in a note stay text. */
function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
