import { z } from "zod";
import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { jsonOf, post } from "../http/post.ts";

export interface DiscordOptions {
  /** Where webhooks are: recipients elsewhere are refused. `https://discord.com` in the product. */
  readonly base: string;
}

/** Discord's message flag that shows no previews of links. */
const SUPPRESS_EMBEDS = 4;

const answerSchema = z.object({
  id: z.string().optional(),
  message: z.string().optional(),
  retry_after: z.number().optional(),
  global: z.boolean().optional(),
});

/**
 * Messages to Discord's webhooks (https://discord.com/developers/docs/resources/webhook#execute-webhook); the recipient
 * is the webhook's URL.
 *
 * Delivery: Discord knows no idempotency key. A long digest goes out in several messages; when a later one fails, all are
 * sent again.
 */
export class DiscordChannel implements Channel {
  readonly channel = "discord";
  readonly transport = "discord";
  readonly #base: URL;

  constructor(options: DiscordOptions) {
    this.#base = new URL(options.base);
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const url = URL.parse(message.to);
    if (
      url === null || url.origin !== this.#base.origin ||
      !/^\/api\/(?:v\d+\/)?webhooks\/\d+\/[\w-]+$/.test(url.pathname)
    ) {
      throw badAddress(
        "discord",
        `a Discord address must be like ${this.#base.origin}/api/webhooks/ID/TOKEN`,
      );
    }
    // The answer comes once the message is there, with its id.
    url.searchParams.set("wait", "true");
    let providerId = "";
    const whole = `**${escape(message.subject)}**\n${escape(message.text)}`;
    for (const text of chunksOf(whole, CHANNEL_KINDS.discord.textLimit)) {
      providerId = await this.#post(url, text, message.at, signal);
    }
    return { providerId };
  }

  async close(): Promise<void> {}

  async #post(url: URL, content: string, now: number, signal: AbortSignal): Promise<string> {
    const reply = await post({
      service: "discord",
      url,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify({ content, flags: SUPPRESS_EMBEDS, allowed_mentions: { parse: [] } }),
      signal,
    });
    const { status, headers } = reply;
    const answer = answerSchema.safeParse(jsonOf(reply)).data;
    if (status >= 200 && status < 300) return answer?.id ?? "ok";
    const wait = answer?.retry_after;
    throw httpFailure({
      service: "discord",
      status,
      retryAfter: wait === undefined ? headers["retry-after"] : String(wait),
      ...(answer?.message === undefined ? {} : { body: answer.message }),
      throttled: answer?.global ? "provider" : "recipient",
      now,
    });
  }
}

/** Discord's marks of formatting; names and notes stay text. */
function escape(text: string): string {
  return text.replace(/[\\*_~`|>#]/g, "\\$&");
}
