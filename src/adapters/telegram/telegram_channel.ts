import { z } from "zod";
import { OutsideError } from "../../core/errors.ts";
import { chunksOf } from "../../alerts/chunks.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { httpFailure, noAnswer } from "../../ports/http_outcome.ts";

export interface TelegramOptions {
  /** The bot's token. */
  readonly token: string;
  /** Where the bot API is: `https://api.telegram.org` in the product. */
  readonly base: string;
}

/** Telegram takes 4,096 characters a message. */
const TEXT_LIMIT = 4_096;
/** Telegram takes 30 messages a second of a bot. */
const CALL_LIMIT_PER_SECOND = 25;

const answerSchema = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.object({ message_id: z.number() }).optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

/**
 * Messages of a Telegram bot; the recipient is the chat's id or `@channel`.
 *
 * Delivery: Telegram knows no idempotency key. A long digest goes out in several messages; when a later one fails, all
 * are sent again.
 */
export class TelegramChannel implements Channel {
  readonly channel = "telegram";
  readonly transport = "telegram";
  readonly #url: string;

  constructor(options: TelegramOptions) {
    this.#url = `${options.base.replace(/\/+$/, "")}/bot${options.token}/sendMessage`;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    if (!/^(?:-?\d{1,20}|@\w{5,32})$/.test(message.to)) {
      throw new OutsideError("telegram_refused", "a Telegram recipient must be a chat id or an @name", {
        retryable: false,
      });
    }
    let providerId = "";
    for (const text of chunksOf(`${message.subject}\n\n${message.text}`, TEXT_LIMIT)) {
      providerId = await this.#post(message, text, signal);
    }
    return { providerId };
  }

  limits(): Promise<{ perSecond: number; concurrent: number }> {
    return Promise.resolve({ perSecond: CALL_LIMIT_PER_SECOND, concurrent: 8 });
  }

  async close(): Promise<void> {}

  async #post(message: OutgoingMessage, text: string, signal: AbortSignal): Promise<string> {
    const init: RequestInit = {
      method: "POST",
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify({ chat_id: message.to, text, link_preview_options: { is_disabled: true } }),
      redirect: "manual",
      signal,
    };
    const response = await fetch(this.#url, init).catch((error) => {
      throw noAnswer("telegram", error);
    });
    const answer = answerSchema.safeParse(await response.json().catch(() => undefined)).data;
    if (response.ok && answer?.ok) return String(answer.result?.message_id ?? "");
    const wait = answer?.parameters?.retry_after;
    const retryAfter = wait === undefined ? response.headers.get("retry-after") : String(wait);
    throw httpFailure({
      service: "telegram",
      status: response.ok ? 400 : response.status,
      retryAfter,
      ...(answer?.description === undefined ? {} : { body: answer.description }),
      now: message.at,
    });
  }
}
