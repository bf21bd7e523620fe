import { z } from "zod";
import { backoffMs, type Random } from "../../../core/backoff.ts";
import type { Clock } from "../../../core/clock.ts";
import { messageOf, OutsideError } from "../../../core/errors.ts";
import type { AppKey } from "../approval.ts";
import type { Priority } from "../../../ports/quotations.ts";
import type { RestBudget } from "./budget.ts";
import { hideSecrets } from "./secrets.ts";
import type { Tokens } from "./token.ts";

/** What the {@link KisRest} is made from. */
export interface RestOptions {
  readonly restUrl: string;
  readonly app: AppKey;
  readonly customerType: string;
  readonly budget: RestBudget;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** One request of the quotations API. */
export interface RestRequest {
  readonly path: string;
  readonly trId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

const bodySchema = z.looseObject({
  rt_cd: z.string(),
  msg_cd: z.string().default(""),
  msg1: z.string().default(""),
});
/** An answer's body: `output`, `output1`, `output2` as the route has them. */
export type RestBody = z.output<typeof bodySchema>;

/** The rate was passed. EGW00215 was seen in its place in 2026. */
const TOO_FAST = new Set(["EGW00201", "EGW00215"]);
/** The token has ended, or is not known. */
const BAD_TOKEN = new Set(["EGW00123", "EGW00121"]);
/** Tries of one request, whatever goes wrong. */
const MAX_TRIES = 6;
const BACKOFF = { baseMs: 500, capMs: 8_000, floorMs: 200 };

/** What became of one try. */
type Outcome =
  | { readonly is: "answered"; readonly body: RestBody }
  | { readonly is: "too_fast" | "bad_token"; readonly reason: string }
  | { readonly is: "failed"; readonly reason: string };

/**
 * KIS's REST API for one account: every request waits for its turn in the account's budget, carries its one token, and is
 * tried again where the other side was only busy. Neither key, secret nor token stands in an error.
 */
export class KisRest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /**
   * The body of an answer that KIS calls good (rt_cd 0).
   *
   * @throws {OutsideError} `kis_rest_refused` (KIS says no: not retryable), `kis_rest_failed`, `kis_token_refused`,
   * `kis_token_failed`, or `stopped`.
   */
  async get(request: RestRequest): Promise<RestBody> {
    const { budget, tokens, clock, random } = this.#options;
    const { signal } = request;
    let invalid: string | undefined;
    let reason = "";
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const token = await tokens.get(signal, invalid);
      if (!await budget.take(request.priority, signal)) break;
      const outcome = await this.#ask(request, token);
      if (outcome.is === "answered") {
        budget.accepted();
        return outcome.body;
      }
      if (signal.aborted) break;
      reason = outcome.reason;
      if (outcome.is === "too_fast") await budget.refused();
      else if (outcome.is === "bad_token") invalid = token;
      else await clock.sleep(backoffMs(attempt, BACKOFF, random), signal);
    }
    if (signal.aborted) throw new OutsideError("stopped", "stopped while asking KIS", { retryable: true });
    throw new OutsideError("kis_rest_failed", `KIS does not answer ${request.trId}: ${reason}`, {
      retryable: true,
    });
  }

  async #ask(request: RestRequest, token: string): Promise<Outcome> {
    const { restUrl, app, customerType, timeoutMs } = this.#options;
    const hide = (text: string) => hideSecrets(text, app, token);
    let read: unknown;
    let status = 0;
    try {
      const query = new URLSearchParams(request.params);
      const response = await this.#options.fetch(`${restUrl}${request.path}?${query}`, {
        redirect: "error",
        headers: {
          "content-type": "application/json; charset=utf-8",
          authorization: `Bearer ${token}`,
          appkey: app.key,
          appsecret: app.secret,
          tr_id: request.trId,
          custtype: customerType,
        },
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]),
      });
      status = response.status;
      read = await response.json();
    } catch (error) {
      return { is: "failed", reason: hide(`${status || "no answer"}: ${messageOf(error)}`) };
    }
    const body = bodySchema.safeParse(read);
    if (!body.success) return { is: "failed", reason: `HTTP ${status} without rt_cd` };
    const { rt_cd, msg_cd, msg1 } = body.data;
    if (rt_cd === "0") return { is: "answered", body: body.data };
    const reason = hide(`${msg_cd} ${msg1.trim()}`);
    if (TOO_FAST.has(msg_cd)) return { is: "too_fast", reason };
    if (BAD_TOKEN.has(msg_cd)) return { is: "bad_token", reason };
    // A fault of theirs comes with HTTP 500 and a code of their gateway; a refusal of what was asked does not.
    if (status >= 500) return { is: "failed", reason };
    throw new OutsideError("kis_rest_refused", `KIS refuses ${request.trId}: ${reason}`, {
      retryable: false,
    });
  }
}
