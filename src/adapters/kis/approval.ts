import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";

/** An app key with its secret. */
export interface AppKey {
  readonly key: string;
  readonly secret: string;
}

/** An approval key is valid for 24 h; it is asked for anew before that. */
const VALID_MS = 23 * 3_600_000;

const answerSchema = z.object({ approval_key: z.string().min(8) });
const errorSchema = z.object({ error_code: z.string(), error_description: z.string().default("") });
/** REST errors that a later try cannot mend: app key or secret is wrong. */
const FATAL = new Set(["EGW00102", "EGW00103", "EGW00105"]);

/** What {@link ApprovalKeys} needs. */
export interface ApprovalOptions {
  readonly restUrl: string;
  readonly clock: Clock;
  /** Between two requests, ms. */
  readonly paceMs: number;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** Approval keys of the WebSocket by app key: asked for once, kept for a day, never logged. */
export class ApprovalKeys {
  readonly #options: ApprovalOptions;
  readonly #kept = new Map<string, { readonly approval: string; readonly until: number }>();
  /** Requests go out one after the other, however many sessions ask. */
  #turn: Promise<unknown> = Promise.resolve();
  #lastAt = -Infinity;

  constructor(options: ApprovalOptions) {
    this.#options = options;
  }

  /**
   * The approval key of an app key.
   *
   * @throws {OutsideError} `kis_approval_refused` (not retryable: wrong key or secret) or `kis_approval_failed`.
   */
  get(app: AppKey, signal: AbortSignal): Promise<string> {
    const kept = this.#kept.get(app.key);
    if (kept !== undefined && kept.until > this.#options.clock.monotonic()) {
      return Promise.resolve(kept.approval);
    }
    const asked = this.#turn.then(() => this.#ask(app, signal));
    this.#turn = asked.catch(() => {});
    return asked;
  }

  /** Forgets an approval key that the server did not know. */
  forget(app: AppKey): void {
    this.#kept.delete(app.key);
  }

  async #ask(app: AppKey, signal: AbortSignal): Promise<string> {
    const { clock, paceMs } = this.#options;
    const wait = this.#lastAt + paceMs - clock.monotonic();
    if (wait > 0) await clock.sleep(wait, signal);
    this.#lastAt = clock.monotonic();
    const body = await this.#post(app, signal);
    const answer = answerSchema.safeParse(body);
    if (answer.success) {
      const approval = answer.data.approval_key;
      this.#kept.set(app.key, { approval, until: clock.monotonic() + VALID_MS });
      return approval;
    }
    const error = errorSchema.safeParse(body);
    const code = error.success ? error.data.error_code : "no approval key in the answer";
    const reason = error.success ? `${code} ${hide(error.data.error_description, app)}` : code;
    if (FATAL.has(code)) {
      throw new OutsideError("kis_approval_refused", `KIS refused the app key: ${reason}`, {
        retryable: false,
      });
    }
    throw new OutsideError("kis_approval_failed", `KIS gave no approval key: ${reason}`, { retryable: true });
  }

  async #post(app: AppKey, signal: AbortSignal): Promise<unknown> {
    const { restUrl, timeoutMs } = this.#options;
    try {
      const response = await this.#options.fetch(`${restUrl}/oauth2/Approval`, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        // Here the field is `secretkey`; other paths of KIS call it `appsecret`.
        body: JSON.stringify({ grant_type: "client_credentials", appkey: app.key, secretkey: app.secret }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return await response.json();
    } catch (error) {
      const reason = hide(messageOf(error), app);
      throw new OutsideError("kis_approval_failed", `Cannot ask ${restUrl} for an approval key: ${reason}`, {
        retryable: true,
      });
    }
  }
}

function hide(text: string, app: AppKey): string {
  return text.replaceAll(app.key, "***").replaceAll(app.secret, "***").slice(0, 200);
}
