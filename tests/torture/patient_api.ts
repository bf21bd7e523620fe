import { pause } from "./fault.ts";

/** The key of every run's API. */
export const API_KEY = "tb_torture_run_key_of_32_characters_";

/** Of the answer of /v1/status what is used here. */
export interface Status {
  readonly ready: boolean;
  readonly source: { readonly state: string } | null;
  readonly lag: readonly { readonly role: string; readonly records: number }[];
  readonly components: Readonly<Record<string, { readonly detail: string }>>;
}

/** Whether a program of all roles says that every trade is evaluated and every alert at its end. */
export function atItsEnd({ source, lag, components }: Status): boolean {
  return source?.state === "ended" && lag.every(({ records }) => records === 0) &&
    / 0 deliveries open/.test(components.notifier?.detail ?? "");
}

class Refused extends Error {}

/** The API of a program that comes and goes: a request is made again until it is taken. */
export class PatientApi {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws what it was refused with, or that it was not taken in a minute or two. */
  async ask(path: string, method = "GET", body?: unknown): Promise<unknown> {
    let last = "";
    for (let tries = 0; tries < 400; tries++) {
      try {
        const response = await fetch(`${this.#url}${path}`, {
          method,
          headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
          signal: AbortSignal.timeout(8_000),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (response.ok) return text === "" || text[0] !== "{" && text[0] !== "[" ? text : JSON.parse(text);
        // Taken the first time, though the answer was lost.
        if (
          tries > 0 &&
          (method === "POST" && response.status === 409 || method === "DELETE" && response.status === 404)
        ) {
          return undefined;
        }
        last = `${response.status} ${text}`;
        if (response.status < 500 && response.status !== 429) throw new Refused(`${method} ${path}: ${last}`);
      } catch (thrown) {
        if (thrown instanceof Refused) throw thrown;
      }
      await pause(150);
    }
    throw new Error(`${method} ${path} was not taken: ${last}`);
  }

  /** How it is. */
  async status(): Promise<Status> {
    return await this.ask("/v1/status") as Status;
  }

  /** The ids of all rules. */
  async rules(): Promise<ReadonlySet<string>> {
    const there = new Set<string>();
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await this.ask(`/v1/rules?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`) as {
        data: { id: string }[];
        nextCursor: string | null;
      };
      for (const { id } of page.data) there.add(id);
      cursor = page.nextCursor;
    }
    return there;
  }
}
