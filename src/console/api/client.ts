import type { Candle, CandleInterval } from "../../ports/series_store.ts";
import type { Quote } from "../../market/quote.ts";
import type { Trade } from "../../market/trade.ts";
import type { Listed } from "../state/market.ts";
import { ApiProblem, problemOf } from "./problem.ts";
import { readAlert, readDeadLetter, readMail, readRule, readStatus, readTrial } from "./read.ts";
import type { ApiAlert, ApiDeadLetter, ApiMail, ApiRule, ApiStatus, ApiTrial, RuleBody } from "./types.ts";

/** A page of a list. */
interface Page {
  readonly data: readonly Record<string, unknown>[];
  readonly nextCursor: string | null;
}

/** A list, and whether there is more of it than was asked for. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/** The control API, asked with the key that the browser keeps in a cookie no script can read. */
export class ApiClient {
  /** Called when the API no longer knows who is asking. */
  readonly #locked: () => void;

  constructor(locked: () => void) {
    this.#locked = locked;
  }

  /** Exchanges the key for the cookie; false when the key is wrong. */
  async open(key: string): Promise<boolean> {
    const response = await send("/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key }),
    });
    await response.body?.cancel();
    if (response.ok) return true;
    if (response.status === 401 || response.status === 403 || response.status === 400) return false;
    throw new ApiProblem(response.status, `HTTP ${response.status}`);
  }

  /** Has the browser forget the key. */
  async forget(): Promise<void> {
    await this.#json("DELETE", "/v1/session");
    this.#locked();
  }

  /** Every listed symbol, in the order of the listing. */
  async symbols(): Promise<readonly Listed[]> {
    return await this.#all("/v1/symbols?limit=1000") as unknown as Listed[];
  }

  async lastTrades(): Promise<readonly Trade[]> {
    return await this.#all("/v1/market/last") as unknown as Trade[];
  }

  async candles(symbol: string, interval: CandleInterval): Promise<readonly Candle[]> {
    const page = await this.#page(`/v1/market/${encodeURIComponent(symbol)}/candles?interval=${interval}`);
    return page.data as unknown as Candle[];
  }

  /** The newest trades of a symbol, ascending by time. */
  async trades(symbol: string, limit: number): Promise<readonly Trade[]> {
    const page = await this.#page(`/v1/market/${encodeURIComponent(symbol)}/trades?limit=${limit}`);
    return page.data as unknown as Trade[];
  }

  /** The newest order book; undefined while there is none. */
  async quote(symbol: string): Promise<Quote | undefined> {
    const path = `/v1/market/${encodeURIComponent(symbol)}/quote`;
    return await this.#unlessAbsent(async () => await this.#json("GET", path) as Quote);
  }

  /** The newest rules, up to `limit`. */
  async rules(limit: number): Promise<Listing<ApiRule>> {
    const { items, more } = await this.#upTo("/v1/rules?limit=200", limit);
    return { items: items.map(readRule), more };
  }

  async addRule(body: RuleBody): Promise<ApiRule> {
    return readRule(await this.#json("POST", "/v1/rules", body) as Record<string, unknown>);
  }

  /** Changes the fields that are given (a JSON merge patch). */
  async changeRule(id: string, change: Partial<RuleBody>): Promise<ApiRule> {
    const path = `/v1/rules/${encodeURIComponent(id)}`;
    return readRule(await this.#json("PATCH", path, change) as Record<string, unknown>);
  }

  /** How often a rule would have fired on the recorded trades of the last session. */
  async tryRule(body: RuleBody): Promise<ApiTrial> {
    return readTrial(await this.#json("POST", "/v1/rules:test", body) as Record<string, unknown>);
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    await this.#json("POST", `/v1/rules/${encodeURIComponent(id)}/${enabled ? "resume" : "pause"}`);
  }

  async deleteRule(id: string): Promise<void> {
    await this.#json("DELETE", `/v1/rules/${encodeURIComponent(id)}`);
  }

  /** The newest alerts. */
  async alerts(limit: number): Promise<readonly ApiAlert[]> {
    const { items } = await this.#upTo("/v1/alerts?limit=100", limit);
    return items.map(readAlert);
  }

  /** One alert with what became of it. */
  async alert(id: string): Promise<ApiAlert> {
    return readAlert(
      await this.#json("GET", `/v1/alerts/${encodeURIComponent(id)}`) as Record<string, unknown>,
    );
  }

  /** The outbox, newest first; undefined where mail goes elsewhere, and for those who may not see it. */
  async mails(): Promise<readonly ApiMail[] | undefined> {
    return await this.#unlessAbsent(async () => (await this.#page("/v1/mails")).data.map(readMail));
  }

  async mail(id: string): Promise<ApiMail> {
    return readMail(
      await this.#json("GET", `/v1/mails/${encodeURIComponent(id)}`) as Record<string, unknown>,
    );
  }

  /** The newest of what could not be handled; undefined for those who may not see it. */
  async deadLetters(limit: number): Promise<readonly ApiDeadLetter[] | undefined> {
    return await this.#unlessAbsent(async () =>
      (await this.#page(`/v1/deadletters?limit=${limit}`)).data.map(readDeadLetter)
    );
  }

  /** Puts a dead letter's bytes back on the topic they came from. */
  async redrive(id: string): Promise<void> {
    await this.#json("POST", `/v1/deadletters/${encodeURIComponent(id)}/redrive`);
  }

  async status(): Promise<ApiStatus> {
    return readStatus(await this.#json("GET", "/v1/status") as Record<string, unknown>);
  }

  /** Undefined for what is not there, or not for this key. */
  async #unlessAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      if (thrown instanceof ApiProblem && (thrown.status === 404 || thrown.status === 403)) return undefined;
      throw thrown;
    }
  }

  /** Every page of a list. */
  async #all(path: string): Promise<Record<string, unknown>[]> {
    return [...(await this.#upTo(path, Infinity)).items];
  }

  async #upTo(path: string, limit: number): Promise<Listing<Record<string, unknown>>> {
    const items: Record<string, unknown>[] = [];
    let cursor: string | null = null;
    do {
      const separator = path.includes("?") ? "&" : "?";
      const page: Page = await this.#page(
        cursor === null ? path : `${path}${separator}cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null && items.length < limit);
    return { items: items.slice(0, limit), more: cursor !== null || items.length > limit };
  }

  async #page(path: string): Promise<Page> {
    const { data, nextCursor } = await this.#json("GET", path) as {
      data: Page["data"];
      nextCursor?: string | null;
    };
    return { data, nextCursor: nextCursor ?? null };
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await send(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    if (response.status === 401) this.#locked();
    throw problemOf(response.status, parsedOr(text));
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, headers: { accept: "application/json", ...init.headers } });
  } catch (thrown) {
    throw new ApiProblem(0, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** An error's body may be anything a proxy made. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
