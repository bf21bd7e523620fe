import { z } from "zod";
import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { jsonOf, post } from "../http/post.ts";

export interface NtfyOptions {
  /** The server: `https://ntfy.sh`, or one's own. */
  readonly base: string;
  /** An access token, where topics are protected. */
  readonly token?: string;
}

const answerSchema = z.object({ id: z.string().optional(), error: z.string().optional() });

/**
 * Notifications by ntfy (https://docs.ntfy.sh/publish/#publish-as-json); the recipient is a topic.
 *
 * Delivery: ntfy knows no idempotency key. A long digest goes out in several messages; when a later one fails, all are
 * sent again.
 */
export class NtfyChannel implements Channel {
  readonly channel = "ntfy";
  readonly transport = "ntfy";
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ base, token }: NtfyOptions) {
    this.#url = new URL(`${base.replace(/\/+$/, "")}/`);
    const authorization: Record<string, string> = token === undefined
      ? {}
      : { Authorization: `Bearer ${token}` };
    this.#headers = { "Content-Type": "application/json; charset=utf-8", ...authorization };
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    if (CHANNEL_KINDS.ntfy.fault(message.to) !== undefined) {
      throw badAddress("ntfy", "an ntfy recipient must be a topic's name");
    }
    let providerId = "";
    for (const text of chunksOf(message.text, CHANNEL_KINDS.ntfy.textLimit)) {
      providerId = await this.#post(
        { topic: message.to, title: message.subject, message: text },
        message.at,
        signal,
      );
    }
    return { providerId };
  }

  async close(): Promise<void> {}

  async #post(body: Record<string, string>, now: number, signal: AbortSignal): Promise<string> {
    const reply = await post({
      service: "ntfy",
      url: this.#url,
      headers: this.#headers,
      body: JSON.stringify(body),
      signal,
    });
    const { status, headers } = reply;
    const answer = answerSchema.safeParse(jsonOf(reply)).data;
    if (status >= 200 && status < 300) return answer?.id ?? "ok";
    throw httpFailure({
      service: "ntfy",
      status,
      retryAfter: headers["retry-after"],
      ...(answer?.error === undefined ? {} : { body: answer.error }),
      // ntfy counts the calls of an address, which is ours; 401 speaks of our token.
      throttled: "provider",
      ours: [401],
      now,
    });
  }
}
