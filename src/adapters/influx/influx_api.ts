import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { HttpError, InfluxDB, type QueryApi } from "@influxdata/influxdb-client";
import { messageOf, OutsideError } from "../../core/errors.ts";

/** Where InfluxDB is and who we are there. */
export interface InfluxAccess {
  /** e.g. http://influxdb:8086 */
  readonly url: string;
  readonly token: string;
  readonly org: string;
  /** The longest an answer may take, in ms; 20,000 by default. */
  readonly timeoutMs?: number;
}

/** An answer of the HTTP API that is not an error of transport, server or access: the caller examines it. */
export interface InfluxAnswer {
  readonly status: number;
  readonly body: string;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const compress = promisify(gzip);

/**
 * InfluxDB's HTTP API. Reading goes through the official client; writing is sent here, because the client's browser
 * build, which is the one Deno resolves, does not compress.
 */
export class InfluxApi {
  readonly #access: InfluxAccess;
  readonly #queries: QueryApi;
  readonly #timeoutMs: number;

  constructor(access: InfluxAccess) {
    this.#access = { ...access, url: access.url.replace(/\/+$/, "") };
    this.#timeoutMs = access.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { url, token } = this.#access;
    this.#queries = new InfluxDB({ url, token, timeout: this.#timeoutMs }).getQueryApi(access.org);
  }

  /** The rows of a Flux query. @throws {OutsideError} */
  async rows(flux: string): Promise<Record<string, unknown>[]> {
    try {
      return await this.#queries.collectRows<Record<string, unknown>>(flux);
    } catch (thrown) {
      if (thrown instanceof HttpError) throw this.#failure(thrown.statusCode, thrown.body ?? thrown.message);
      throw this.#unreachable(thrown);
    }
  }

  /** Sends lines of line protocol, compressed. @returns 204, or 400, 413 and 422 when it refuses. @throws {OutsideError} */
  async write(bucket: string, lines: readonly string[]): Promise<InfluxAnswer> {
    const body = new Uint8Array(await compress(lines.join("\n"), { level: 1 }));
    const query = new URLSearchParams({ org: this.#access.org, bucket, precision: "ns" });
    const answer = await this.call("POST", `/api/v2/write?${query}`, {
      body,
      headers: { "content-type": "text/plain; charset=utf-8", "content-encoding": "gzip" },
    });
    if ([204, 400, 413, 422].includes(answer.status)) return answer;
    throw this.#failure(answer.status, answer.body);
  }

  /** Any call with a JSON body and answer. @throws {OutsideError} for every status but 2xx. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, {
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    if (answer.status < 200 || answer.status > 299) throw this.#failure(answer.status, answer.body);
    return (answer.body === "" ? undefined : JSON.parse(answer.body)) as T;
  }

  /** Any call; server errors, throttling and refused access are thrown. @throws {OutsideError} */
  async call(
    method: string,
    path: string,
    init: { readonly body?: BodyInit | undefined; readonly headers: Record<string, string> },
  ): Promise<InfluxAnswer> {
    let response: Response;
    let body: string;
    try {
      response = await fetch(`${this.#access.url}${path}`, {
        method,
        body: init.body ?? null,
        headers: { ...init.headers, authorization: `Token ${this.#access.token}` },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      body = await response.text();
    } catch (thrown) {
      throw this.#unreachable(thrown);
    }
    if (response.status >= 500 || [401, 403, 429].includes(response.status)) {
      throw this.#failure(response.status, body, response.headers.get("retry-after"));
    }
    return { status: response.status, body };
  }

  #unreachable(thrown: unknown): OutsideError {
    return new OutsideError(
      "influx_unreachable",
      `InfluxDB at ${this.#access.url} does not answer: ${messageOf(thrown)}`,
      { retryable: true, cause: thrown },
    );
  }

  #failure(status: number, body: string, retryAfter?: string | null): OutsideError {
    const reason = reasonOf(body);
    if (status === 401 || status === 403) {
      const message =
        `InfluxDB refuses the token (${reason}); check TICKBELL_INFLUX_TOKEN and what it may do`;
      return new OutsideError("influx_unauthorized", message, { retryable: false });
    }
    if (status === 404) {
      const message =
        `InfluxDB does not have it (${reason}); check TICKBELL_INFLUX_ORG and TICKBELL_INFLUX_BUCKET`;
      return new OutsideError("influx_not_found", message, { retryable: false });
    }
    const seconds = Number(retryAfter);
    return new OutsideError(`influx_${status}`, `InfluxDB answered ${status}: ${reason}`, {
      retryable: status >= 500 || status === 429,
      ...(retryAfter && Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
    });
  }
}

/** The message of an answer's body. */
export function reasonOf(body: string): string {
  try {
    const { message } = JSON.parse(body);
    if (typeof message === "string") return message.slice(0, 500);
  } catch {
    // Not JSON: a proxy's page; reported as it is.
  }
  return body.slice(0, 200);
}
