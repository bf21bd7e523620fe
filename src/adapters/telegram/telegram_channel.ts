import { z } from "zod";
import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { jsonOf, post } from "../http/post.ts";

export interface TelegramOptions {
  /** The bot's token. */
  readonly token: string;
  /** Where the bot API is: `https://api.telegram.org` in the product. */
  readonly base: string;
}

const answerSchema = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.object({ message_id: z.number() }).optional(),
  parameters: z.object({
    retry_after: z.number().optional(),
    migrate_to_chat_id: z.number().optional(),
  }).optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** Groups that became supergroups, at most: the new id is found again by one refused call. */
const MIGRATIONS = 1_000;

/**
 * Messages of a Telegram bot; the recipient is the chat's id or `@channel`. A group that has become a supergroup has
 * another id (https://core.telegram.org/bots/api#responseparameters): its messages follow it.
 *
 * Delivery: Telegram knows no idempotency key. A long digest goes out in several messages; when a later one fails, all
 * are sent again.
 */
export class TelegramChannel implements Channel {
  readonly channel = "telegram";
  readonly transport = "telegram";
  readonly #url: URL;
  readonly #migrated = new Map<string, string>();

  constructor(options: TelegramOptions) {
    this.#url = new URL(`${options.base.replace(/\/+$/, "")}/bot${options.token}/sendMessage`);
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    if (!/^(?:-?\d{1,20}|@\w{5,32})$/.test(message.to)) {
      throw badAddress("telegram", "a Telegram recipient must be a chat id or an @name");
    }
    let providerId = "";
    for (const text of chunksOf(`${message.subject}\n\n${message.text}`, CHANNEL_KINDS.telegram.textLimit)) {
      providerId = await this.#send(message, text, signal);
    }
    return { providerId };
  }

  async close(): Promise<void> {}

  async #send(message: OutgoingMessage, text: string, signal: AbortSignal): Promise<string> {
    const chat = this.#migrated.get(message.to) ?? message.to;
    const first = await this.#post(chat, text, signal);
    const supergroup = first.answer?.parameters?.migrate_to_chat_id;
    if (supergroup === undefined || first.answer?.ok) return taken(first, message.at);
    if (this.#migrated.size >= MIGRATIONS) this.#migrated.clear();
    this.#migrated.set(message.to, String(supergroup));
    return taken(await this.#post(String(supergroup), text, signal), message.at);
  }

  async #post(chat: string, text: string, signal: AbortSignal): Promise<Answered> {
    const reply = await post({
      service: "telegram",
      url: this.#url,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify({ chat_id: chat, text, link_preview_options: { is_disabled: true } }),
      signal,
    });
    const { status, headers } = reply;
    return { status, retryAfter: headers["retry-after"], answer: answerSchema.safeParse(jsonOf(reply)).data };
  }
}

interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly answer: Answer | undefined;
}

/** The id of a message that was taken. @throws {ChannelError} */
function taken({ status, retryAfter, answer }: Answered, now: number): string {
  const fine = status >= 200 && status < 300;
  if (fine && answer?.ok) return String(answer.result?.message_id ?? "");
  const wait = answer?.parameters?.retry_after;
  throw httpFailure({
    service: "telegram",
    status: fine ? 400 : status,
    retryAfter: wait === undefined ? retryAfter : String(wait),
    ...(answer?.description === undefined ? {} : { body: answer.description }),
    // The bot's own token: the operator can put it right.
    ours: [401, 404],
    now,
  });
}
