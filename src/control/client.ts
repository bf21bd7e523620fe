import type { z } from "@hono/zod-openapi";
import { backoffMs } from "../core/backoff.ts";
import { type InputIssue, messageOf, OutsideError } from "../core/errors.ts";
import type { AlertDetail, AlertPage, AlertView } from "./schemas/alert.ts";
import type { KeyInput, KeyPage, KeyView, NewKey } from "./schemas/key.ts";
import type {
  DeadLetterDetail,
  DeadLetterPage,
  DeadLetterView,
  RedriveView,
  SuppressionInput,
  SuppressionPage,
  SuppressionView,
} from "./schemas/operations.ts";
import type { RuleInput, RulePage, RulePatch, RuleView } from "./schemas/rule.ts";
import type { ExplanationView, TrialView } from "./schemas/trial.ts";

export type ApiRule = z.output<typeof RuleView>;
export type ApiRuleInput = z.input<typeof RuleInput>;
export type ApiRulePatch = z.input<typeof RulePatch>;
export type ApiAlert = z.output<typeof AlertView>;
export type ApiAlertDetail = z.output<typeof AlertDetail>;
export type ApiKey = z.output<typeof KeyView>;
export type ApiNewKey = z.output<typeof NewKey>;
export type ApiTrial = z.output<typeof TrialView>;
export type ApiExplanation = z.output<typeof ExplanationView>;
export type ApiDeadLetter = z.output<typeof DeadLetterView>;
export type ApiDeadLetterDetail = z.output<typeof DeadLetterDetail>;
export type ApiRecipient = z.output<typeof SuppressionView>;
export type ApiRecipientInput = z.input<typeof SuppressionInput>;

/** A page of a list. */
export interface ApiPage<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** One line of an import's answer: a result, or the summary at the end. */
export interface ApiImportLine {
  readonly line?: number;
  readonly id?: string | null;
  readonly status?: "created" | "replaced" | "deleted" | "unchanged" | "refused";
  readonly errors?: readonly InputIssue[];
  readonly summary?: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly detail: string };
}

/** The API's answer when it refused: RFC 9457 problem details. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: number;
  readonly code: string;
  readonly issues: readonly InputIssue[];

  constructor(status: number, problem: { code?: string; detail?: string; errors?: readonly InputIssue[] }) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.issues = problem.errors ?? [];
  }
}

export interface ClientOptions {
  /** Without a slash at the end: `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly key: string;
  /** `fetch` by default; in tests the app's own. */
  readonly fetch?: (input: Request) => Promise<Response>;
}

interface Ask {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * The control API, typed by its own schemas.
 *
 * @throws {ApiRefusal} from every method, when the API refused; {OutsideError} `api_unreachable` when it did not answer.
 *
 * @example
 * ```ts ignore
 * const api = new ControlClient({ url: "http://127.0.0.1:8000", key });
 * const rule = await api.createRule({ symbol: "005930", kind: "목표가", condition: "53200|미만", recipients: ["a@example.com"] });
 * ```
 */
export class ControlClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  createRule(rule: ApiRuleInput, idempotencyKey?: string): Promise<ApiRule> {
    const headers: Record<string, string> = idempotencyKey === undefined
      ? {}
      : { "idempotency-key": idempotencyKey };
    return this.#json("/v1/rules", { method: "POST", body: rule, headers });
  }

  rules(
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<z.output<typeof RulePage>> {
    return this.#json("/v1/rules", { query });
  }

  rule(id: string): Promise<ApiRule> {
    return this.#json(`/v1/rules/${encodeURIComponent(id)}`);
  }

  changeRule(id: string, patch: ApiRulePatch, ifVersion?: number): Promise<ApiRule> {
    const headers: Record<string, string> = ifVersion === undefined ? {} : { "if-match": `"${ifVersion}"` };
    return this.#json(`/v1/rules/${encodeURIComponent(id)}`, { method: "PATCH", body: patch, headers });
  }

  async deleteRule(id: string): Promise<void> {
    await this.#ask(`/v1/rules/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  testRule(rule: ApiRuleInput, span: { from?: string; to?: string } = {}): Promise<ApiTrial> {
    return this.#json("/v1/rules:test", { method: "POST", body: rule, query: span });
  }

  explainRule(id: string): Promise<ApiExplanation> {
    return this.#json(`/v1/rules/${encodeURIComponent(id)}/explain`);
  }

  /** Imports rules, one a line; the results come while they are carried out. */
  async *importRules(
    content: Uint8Array<ArrayBuffer>,
    options: {
      format: "ndjson" | "csv";
      mode: string;
      atomic: boolean;
      idempotencyKey: string;
      signal?: AbortSignal;
    },
  ): AsyncIterable<ApiImportLine> {
    const { format, mode, atomic, idempotencyKey, signal } = options;
    const response = await this.#ask("/v1/rules:bulk", {
      method: "POST",
      query: { mode, atomic: String(atomic) },
      body: content,
      headers: {
        "content-type": format === "csv" ? "text/csv" : "application/x-ndjson",
        "idempotency-key": idempotencyKey,
      },
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const line of linesOf(response)) yield JSON.parse(line);
  }

  /** The rules as an import takes them, in pieces of text. */
  async *exportRules(
    query: Readonly<Record<string, string | undefined>>,
  ): AsyncIterable<string> {
    const response = await this.#ask("/v1/rules:export", { query });
    if (response.body !== null) yield* response.body.pipeThrough(new TextDecoderStream());
  }

  alerts(
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<z.output<typeof AlertPage>> {
    return this.#json("/v1/alerts", { query });
  }

  alert(id: string): Promise<ApiAlertDetail> {
    return this.#json(`/v1/alerts/${encodeURIComponent(id)}`);
  }

  /** Alerts as they fire, until the signal is aborted; a lost connection is resumed where it was. */
  async *tailAlerts(signal: AbortSignal): AsyncIterable<ApiAlert> {
    let lastId: string | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
        const response = await this.#ask("/v1/alerts/stream", { headers, signal });
        for await (const event of eventsOf(response)) {
          attempt = 0;
          if (event.event !== "alert") continue;
          lastId = event.id ?? lastId;
          yield JSON.parse(event.data);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        if (thrown instanceof ApiRefusal && thrown.status < 500) throw thrown;
      }
      await pause(backoffMs(attempt, { baseMs: 250, capMs: 10_000, floorMs: 100 }, Math.random), signal);
    }
  }

  deadLetters(
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<z.output<typeof DeadLetterPage>> {
    return this.#json("/v1/deadletters", { query });
  }

  deadLetter(id: string): Promise<ApiDeadLetterDetail> {
    return this.#json(`/v1/deadletters/${encodeURIComponent(id)}`);
  }

  /** Puts a dead letter's bytes back; answers where they are now. */
  redriveDeadLetter(id: string): Promise<z.output<typeof RedriveView>> {
    return this.#json(`/v1/deadletters/${encodeURIComponent(id)}/redrive`, { method: "POST" });
  }

  recipients(
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<z.output<typeof SuppressionPage>> {
    return this.#json("/v1/suppressions", { query });
  }

  changeRecipient(recipient: string, change: ApiRecipientInput): Promise<ApiRecipient> {
    return this.#json(`/v1/suppressions/${encodeURIComponent(recipient)}`, { method: "PUT", body: change });
  }

  createKey(key: z.input<typeof KeyInput>): Promise<ApiNewKey> {
    return this.#json("/v1/keys", { method: "POST", body: key });
  }

  keys(query: Readonly<Record<string, string | number | undefined>> = {}): Promise<z.output<typeof KeyPage>> {
    return this.#json("/v1/keys", { query });
  }

  rotateKey(id: string, overlapSeconds?: number): Promise<ApiNewKey> {
    const body = overlapSeconds === undefined ? {} : { overlapSeconds };
    return this.#json(`/v1/keys/${encodeURIComponent(id)}/rotate`, { method: "POST", body });
  }

  async revokeKey(id: string): Promise<void> {
    await this.#ask(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  async #json<T>(path: string, ask: Ask = {}): Promise<T> {
    return await (await this.#ask(path, ask)).json();
  }

  async #ask(
    path: string,
    { method = "GET", query = {}, body, headers = {}, signal }: Ask,
  ): Promise<Response> {
    const url = new URL(path, this.#options.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const raw = body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : undefined;
    const request = new Request(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#options.key}`,
        ...(body === undefined || raw !== undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const response = await this.#send(request);
    if (response.ok) return response;
    throw new ApiRefusal(response.status, problemOf(await response.text()));
  }

  async #send(request: Request): Promise<Response> {
    try {
      return await (this.#options.fetch ?? fetch)(request);
    } catch (thrown) {
      const told = `Cannot reach the API at ${this.#options.url}: ${messageOf(thrown)}`;
      throw new OutsideError("api_unreachable", told, { retryable: true, cause: thrown });
    }
  }
}

function problemOf(text: string): { code?: string; detail?: string; errors?: readonly InputIssue[] } {
  try {
    return JSON.parse(text);
  } catch {
    // What stands between may answer something else than the API.
    return {};
  }
}

async function* linesOf(response: Response): AsyncIterable<string> {
  if (response.body === null) return;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function* eventsOf(
  response: Response,
): AsyncIterable<{ event: string; id: string | undefined; data: string }> {
  let [event, id, data] = ["message", undefined as string | undefined, ""];
  for await (const line of linesOf(response)) {
    if (line === "") {
      if (data !== "") yield { event, id, data };
      [event, id, data] = ["message", undefined, ""];
    } else if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
