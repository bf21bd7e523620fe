import { messageOf, OutsideError } from "../../core/errors.ts";
import { type ApiRefusal, refusalOf } from "./refusal.ts";
import type { ApiQuery } from "./types.ts";

export interface ClientOptions {
  /** Without a slash at the end: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Without a key the browser's cookie speaks: for a page of the API's own. */
  readonly key?: string;
  /** `fetch` by default; in tests the app's own. */
  readonly fetch?: (input: Request) => Promise<Response>;
  /** Called with each refusal before it is thrown. */
  readonly refused?: (refusal: ApiRefusal) => void;
}

/** What a request says beside its path. */
export interface Ask {
  readonly method?: string;
  readonly query?: ApiQuery;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Requests to the control API.
 *
 * @throws {ApiRefusal} from every method, when the API refused; {OutsideError} `api_unreachable` when it did not answer.
 */
export class ApiRequests {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The JSON that a request is answered with. */
  protected async json<T>(path: string, ask: Ask = {}): Promise<T> {
    return await (await this.ask(path, ask)).json();
  }

  /** What a request is answered with, when it is not refused. */
  protected async ask(
    path: string,
    { method = "GET", query = {}, body, headers = {}, signal }: Ask,
  ): Promise<Response> {
    const { key } = this.#options;
    const url = new URL(path, this.#options.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const raw = body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : undefined;
    const request = new Request(url, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined || raw !== undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const response = await this.#send(request);
    if (response.ok) return response;
    const refusal = refusalOf(response.status, await response.text());
    this.#options.refused?.(refusal);
    throw refusal;
  }

  async #send(request: Request): Promise<Response> {
    try {
      return await (this.#options.fetch ?? fetch)(request);
    } catch (thrown) {
      const reason = `Cannot reach the API at ${this.#options.url}: ${messageOf(thrown)}`;
      throw new OutsideError("api_unreachable", reason, { retryable: true, cause: thrown });
    }
  }
}
