import { HttpPeer, type PeerRequest } from "./http_peer.ts";

/**
 * Telegram's bot API, made from its documentation (https://core.telegram.org/bots/api): `getMe`, `getUpdates` (an update
 * is confirmed by a higher offset; one caller at a time, else 409), `sendMessage` (429 with `retry_after` while
 * throttled, 400 with `migrate_to_chat_id` for a group that has moved). It does not know: other update types, webhooks,
 * and the real limits, which are not documented exactly.
 */
export class FakeTelegram {
  readonly peer: HttpPeer;
  readonly token = "123456:fake-token";
  readonly sent: { chat: string; text: string }[] = [];
  /** Answers of `sendMessage` that are refused, in seconds to wait. */
  readonly throttled: number[] = [];
  #updates: { update_id: number; message: unknown }[] = [];
  #next = 1;
  #polling = 0;
  #wake: () => void = () => {};

  constructor() {
    this.peer = new HttpPeer((request) => this.#answer(request));
  }

  write(text: string, more: { chat?: number; from?: number; migrateTo?: number } = {}): void {
    const { chat = 7, from = 7, migrateTo } = more;
    this.#updates.push({
      update_id: this.#next++,
      message: {
        message_id: this.#next,
        date: 0,
        chat: { id: chat, type: chat < 0 ? "group" : "private" },
        from: { id: from, is_bot: false, first_name: "김" },
        ...(migrateTo === undefined ? { text } : { migrate_to_chat_id: migrateTo }),
      },
    });
    this.#wake();
  }

  /** Resolves when something is written, or after a while. */
  async #written(ms: number): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#wake = written.resolve;
    const timer = setTimeout(written.resolve, ms);
    await written.promise;
    clearTimeout(timer);
  }

  async #answer({ path, body }: PeerRequest): Promise<Response> {
    const method = path.replace(`/bot${this.token}/`, "");
    const asked = body === "" ? {} : JSON.parse(body);
    if (method === path) return refusal(401, "Unauthorized");
    if (method === "getMe") return taken({ id: 1, is_bot: true, first_name: "T", username: "tickbell_bot" });
    if (method === "getUpdates") return await this.#poll(asked);
    if (method !== "sendMessage") return refusal(404, "Not Found: method not found");
    const wait = this.throttled.shift();
    if (wait !== undefined) {
      return refusal(429, `Too Many Requests: retry after ${wait}`, { retry_after: wait });
    }
    this.sent.push({ chat: String(asked.chat_id), text: asked.text });
    return taken({ message_id: this.sent.length });
  }

  async #poll({ offset = 0, limit = 100 }: { offset?: number; limit?: number }): Promise<Response> {
    if (this.#polling > 0) {
      return refusal(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      );
    }
    this.#polling++;
    try {
      // What was confirmed is forgotten.
      this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset);
      if (this.#updates.length === 0) await this.#written(POLL_MS);
      return taken(this.#updates.slice(0, limit));
    } finally {
      this.#polling--;
    }
  }
}

/** How long a call waits for an update, where Telegram waits as long as it is asked to. */
const POLL_MS = 200;

function taken(result: unknown): Response {
  return Response.json({ ok: true, result });
}

function refusal(status: number, description: string, parameters?: unknown): Response {
  return Response.json(
    { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) },
    {
      status,
    },
  );
}
