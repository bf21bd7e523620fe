import { z } from "zod";
import { chunksOf } from "../../alerts/chunks.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { ChatBot, ChatUpdate } from "../../ports/chat_bot.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import type { TelegramOptions } from "./telegram_channel.ts";

/** How long Telegram waits for the first update, seconds; and how much longer we do, ms. */
const POLL_SECONDS = 25;
const PATIENCE_MS = 10_000;
/** Updates of one answer. */
const MOST_UPDATES = 50;
/** A wait that is asked for and is longer than this is not believed, ms. */
const LONGEST_WAIT_MS = 300_000;

const id = z.number().int();
const message = z.object({
  chat: z.object({ id, type: z.string() }),
  from: z.object({ id, is_bot: z.boolean().optional() }).optional(),
  text: z.string().optional(),
  migrate_to_chat_id: id.optional(),
});
const updates = z.array(z.object({ update_id: id, message: message.optional() }));
const me = z.object({ username: z.string().optional() });
const answer = z.object({
  ok: z.boolean(),
  result: z.unknown().optional(),
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

/** A bot that is written to, by long polling (https://core.telegram.org/bots/api#getupdates). */
export class TelegramBot implements ChatBot {
  readonly #base: string;
  readonly #token: string;
  #name: string | undefined;

  constructor({ base, token }: TelegramOptions) {
    this.#base = `${base.replace(/\/+$/, "")}/bot${token}`;
    this.#token = token;
  }

  name(): string | undefined {
    return this.#name;
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#name = me.parse(await this.#call("getMe", {}, { signal, waitMs: 0 })).username;
  }

  async updates(from: number, signal: AbortSignal): Promise<readonly ChatUpdate[]> {
    const asked = {
      ...(from > 0 ? { offset: from } : {}),
      limit: MOST_UPDATES,
      timeout: POLL_SECONDS,
      allowed_updates: ["message"],
    };
    const result = await this.#call("getUpdates", asked, { signal, waitMs: POLL_SECONDS * 1_000 });
    const read = updates.safeParse(result);
    if (!read.success) throw away("telegram_unreadable", "Telegram answered updates that cannot be read");
    return read.data.map(({ update_id, message: said }) => ({
      id: update_id,
      chat: String(said?.chat.id ?? ""),
      user: said?.from === undefined || said.from.is_bot ? undefined : String(said.from.id),
      isPrivate: said?.chat.type === "private",
      text: said?.text ?? "",
      ...(said?.migrate_to_chat_id === undefined ? {} : { movedTo: String(said.migrate_to_chat_id) }),
    }));
  }

  async say(chat: string, text: string, signal: AbortSignal): Promise<void> {
    for (const piece of chunksOf(text, CHANNEL_KINDS.telegram.textLimit)) {
      const body = { chat_id: chat, text: piece, link_preview_options: { is_disabled: true } };
      await this.#call("sendMessage", body, { signal, waitMs: 0 });
    }
  }

  async #call(
    method: string,
    body: unknown,
    { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
  ): Promise<unknown> {
    const late = AbortSignal.timeout(waitMs + PATIENCE_MS);
    let status: number;
    let said: z.output<typeof answer> | undefined;
    try {
      const response = await fetch(`${this.#base}/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        redirect: "error",
        signal: AbortSignal.any([signal, late]),
      });
      status = response.status;
      said = answer.safeParse(await response.json().catch(() => undefined)).data;
    } catch (thrown) {
      // The token stands in the address, and that may stand in the error.
      throw away("telegram_unreachable", messageOf(thrown).replaceAll(this.#token, "***"));
    }
    if (said?.ok) return said.result;
    throw this.#failure(status, said);
  }

  #failure(status: number, said: z.output<typeof answer> | undefined): OutsideError {
    const reason = `Telegram answered ${status}${said?.description ? `: ${said.description}` : ""}`;
    if (status === 429) {
      const asked = (said?.parameters?.retry_after ?? 1) * 1_000;
      return away("telegram_throttled", reason, Math.min(asked, LONGEST_WAIT_MS));
    }
    // 409: another process asks for the same bot's updates; 401 and 404: the token.
    if (status === 409) return away("telegram_conflict", reason, 30_000);
    if (status === 401 || status === 404) return away("telegram_not_allowed", reason, LONGEST_WAIT_MS);
    if (status >= 500) return away("telegram_unavailable", reason);
    return new OutsideError("telegram_refused", reason, { retryable: false });
  }
}

function away(code: string, reason: string, retryAfterMs?: number): OutsideError {
  return new OutsideError(code, reason, {
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
