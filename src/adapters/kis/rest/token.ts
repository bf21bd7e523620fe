import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { messageOf, OutsideError } from "../../../core/errors.ts";
import type { AppKey } from "../approval.ts";
import { hideSecrets } from "./secrets.ts";
import { overwrite, textOf } from "./slots.ts";

/** A token is asked for anew so long before its end. */
const SPARE_MS = 10 * 60_000;
/** KIS gives a token once a minute; asked sooner it refuses (EGW00133). */
const PACE_MS = 61_000;
/** How long a token is valid where the answer does not say. */
const VALID_S = 86_400;

const answerSchema = z.object({
  access_token: z.string().min(8),
  expires_in: z.coerce.number().positive().default(VALID_S),
});
const errorSchema = z.object({ error_code: z.string(), error_description: z.string().default("") });
/** App key or secret is wrong: no later try can mend that. */
const FATAL = new Set(["EGW00102", "EGW00103", "EGW00105"]);
const TOO_SOON = "EGW00133";

/** A token, when it ends, and when one was last asked for; epoch ms. */
export interface KeptToken {
  readonly token: string | null;
  readonly until: number;
  readonly askedAt: number;
}

const keptSchema: z.ZodType<KeptToken> = z.object({
  token: z.string().min(8).nullable(),
  until: z.number(),
  askedAt: z.number(),
});
const NOTHING: KeptToken = { token: null, until: 0, askedAt: -Infinity };

/** Where an account's token is kept. */
export interface TokenStore {
  /** Shows what is kept and keeps what is answered; one at a time, over all who share the store. */
  change(decide: (kept: KeptToken) => Promise<KeptToken>): Promise<KeptToken>;
}

/** A token that one process keeps. */
export class MemoryTokens implements TokenStore {
  #kept = NOTHING;
  #turn: Promise<unknown> = Promise.resolve();

  change(decide: (kept: KeptToken) => Promise<KeptToken>): Promise<KeptToken> {
    const changed = this.#turn.then(async () => this.#kept = await decide(this.#kept));
    this.#turn = changed.catch(() => {});
    return changed;
  }
}

/** A token that the processes of a machine share: a file that its owner alone can read. */
export class FileTokens implements TokenStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async change(decide: (kept: KeptToken) => Promise<KeptToken>): Promise<KeptToken> {
    const file = await Deno.open(this.#path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      await file.lock(true);
      const kept = read(await textOf(file));
      const next = await decide(kept);
      if (next !== kept) await overwrite(file, JSON.stringify(next));
      return next;
    } finally {
      file.close();
    }
  }
}

/** A file that a crash left half written, or of another version, has nothing. */
function read(text: string): KeptToken {
  try {
    const parsed = keptSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** What {@link Tokens} needs. */
export interface TokenOptions {
  readonly restUrl: string;
  readonly app: AppKey;
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** The access token of an account's REST calls: one for all who share the store, asked for once a minute at most. */
export class Tokens {
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /**
   * A token that is valid, other than the one that the server has called invalid.
   *
   * @throws {OutsideError} `kis_token_refused` (not retryable: wrong key or secret), `kis_token_failed`, or `stopped`.
   */
  async get(signal: AbortSignal, invalid?: string): Promise<string> {
    const { clock } = this.#options;
    for (;;) {
      let wait = 0;
      const kept = await this.#options.store.change(async (kept) => {
        const now = clock.now();
        if (kept.token !== null && kept.token !== invalid && kept.until - SPARE_MS > now) return kept;
        // A machine whose clock was put back does not wait for the time of the old one.
        wait = kept.askedAt > now ? 0 : kept.askedAt + PACE_MS - now;
        return wait > 0 ? kept : await this.#ask(now, signal);
      });
      if (wait <= 0 && kept.token !== null) {
        // Within six hours KIS gives the same token again.
        if (kept.token === invalid) throw failed("KIS gives the token again that it does not take");
        return kept.token;
      }
      await clock.sleep(Math.max(wait, 1_000), signal);
      if (signal.aborted) throw stopped();
    }
  }

  /** Asks for a token. One that was refused for coming too soon is none, and is tried again a minute later. */
  async #ask(askedAt: number, signal: AbortSignal): Promise<KeptToken> {
    const body = await this.#post(signal);
    const answer = answerSchema.safeParse(body);
    if (answer.success) {
      const { access_token: token, expires_in: seconds } = answer.data;
      return { token, until: askedAt + seconds * 1_000, askedAt };
    }
    const error = errorSchema.safeParse(body);
    const code = error.success ? error.data.error_code : "no token in the answer";
    if (code === TOO_SOON) return { token: null, until: 0, askedAt };
    const reason = error.success ? `${code} ${this.#hide(error.data.error_description)}` : code;
    const fatal = FATAL.has(code);
    throw new OutsideError(
      fatal ? "kis_token_refused" : "kis_token_failed",
      `KIS gave no access token: ${reason}`,
      { retryable: !fatal },
    );
  }

  async #post(signal: AbortSignal): Promise<unknown> {
    const { restUrl, app, timeoutMs } = this.#options;
    try {
      const response = await this.#options.fetch(`${restUrl}/oauth2/tokenP`, {
        method: "POST",
        redirect: "error",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ grant_type: "client_credentials", appkey: app.key, appsecret: app.secret }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return await response.json();
    } catch (error) {
      if (signal.aborted) throw stopped();
      const message = `Cannot ask ${restUrl} for an access token: ${this.#hide(messageOf(error))}`;
      throw failed(message);
    }
  }

  #hide(text: string): string {
    return hideSecrets(text, this.#options.app);
  }
}

function failed(message: string): OutsideError {
  return new OutsideError("kis_token_failed", message, { retryable: true });
}

function stopped(): OutsideError {
  return new OutsideError("stopped", "stopped while waiting for an access token", { retryable: true });
}
