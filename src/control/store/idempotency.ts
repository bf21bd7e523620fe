import { recordsOf } from "../../books/records_of.ts";
import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { HttpProblem } from "../http/problem.ts";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { z } from "zod";
import { readJson } from "../../books/read_json.ts";
import type { Topics } from "./topics.ts";

/** How long an answer is remembered, in ms. */
const REMEMBERED_MS = 24 * 3_600_000;
/** How many answers are remembered; the oldest are forgotten first. */
const MOST_ANSWERS = 200_000;
/** A longer answer is not remembered word for word: the change itself is not repeated all the same. */
const MOST_BODY = 500_000;
/** Headers of an answer that belong to it. */
const KEPT_HEADERS = ["content-type", "etag", "location"];

interface Remembered {
  readonly fingerprint: string;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/** An answer as it is stored. */
const storedAnswer = z.object({
  fingerprint: z.string(),
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
type StoredAnswer = z.output<typeof storedAnswer>;

/** What a record says of an answer: it is remembered, or forgotten. */
interface AnswerNews {
  readonly id: string;
  readonly remembered: boolean;
}

/**
 * Answers to requests with an Idempotency-Key, for a day, also over a restart: the same key and body gets the same answer
 * and changes nothing. An answer is a record of the control topic, written before it is sent; in memory there is only where
 * it is. When the process dies between a change and its answer's record, the repeated request finds the change done: ids
 * of new rules are made from the key.
 */
export class Idempotency implements ProjectionReader<AnswerNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Remembered>();
  readonly #running = new Set<string>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#topics.read("control", this);
  }

  /**
   * Runs a change, or answers as it was answered before.
   *
   * @param request.key the tenant's Idempotency-Key.
   * @param request.content everything that makes the request what it is: method, path, body.
   * @throws {HttpProblem} 422 when the key was used with another request, 409 while that one still runs.
   */
  async run(
    request: { tenant: string; key: string; content: readonly (string | Uint8Array)[] },
    change: () => Promise<Response>,
  ): Promise<Response> {
    const key = hash([request.tenant, "\n", request.key]);
    const fingerprint = hash(request.content);
    const known = this.#answers.get(key);
    if (known !== undefined && known.at + REMEMBERED_MS > this.#clock.now()) {
      if (known.fingerprint !== fingerprint) throw reused();
      const answer = await this.#read(known);
      if (answer !== undefined) return replay(answer);
    }
    if (this.#running.has(key)) {
      throw new HttpProblem(
        409,
        "in_progress",
        "A request with this Idempotency-Key is still running: try again",
        {
          headers: { "Retry-After": "1" },
        },
      );
    }
    this.#running.add(key);
    try {
      const response = await change();
      if (response.ok) await this.#remember(key, fingerprint, response.clone());
      return response;
    } finally {
      this.#running.delete(key);
    }
  }

  decode({ key, value }: LogRecord): AnswerNews | undefined {
    const id = ownId("answer", key);
    return id === undefined ? undefined : { id, remembered: value !== null };
  }

  apply({ id, remembered }: AnswerNews, { partition, offset, timestamp: at, headers }: LogRecord): void {
    this.#answers.delete(id);
    if (remembered) {
      this.#answers.set(id, { fingerprint: headers.fingerprint ?? "", at, partition, offset });
    }
  }

  /** Tombstones for answers that are old enough to be forgotten, or too many. */
  surplus(): readonly NewRecord[] {
    const now = this.#clock.now();
    const tombstones: NewRecord[] = [];
    let over = this.#answers.size - MOST_ANSWERS;
    for (const [id, { at }] of this.#answers) {
      if (over-- <= 0 && at + REMEMBERED_MS > now) continue;
      tombstones.push({ topic: "control", key: ownKey("answer", id), value: null, timestamp: now });
      if (tombstones.length >= 5_000) break;
    }
    return tombstones;
  }

  async #remember(key: string, fingerprint: string, response: Response): Promise<void> {
    const body = await response.text();
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => response.headers.has(name) ? [[name, response.headers.get(name)!]] : []),
    );
    const answer: StoredAnswer = {
      fingerprint,
      status: response.status,
      headers,
      body: body.length <= MOST_BODY ? body : '{"detail":"Done before; the answer was too long to be kept"}',
    };
    await this.#topics.append([{
      topic: "control",
      key: ownKey("answer", key),
      value: JSON.stringify(answer),
      timestamp: this.#clock.now(),
      headers: { fingerprint },
    }]);
  }

  async #read({ partition, offset, fingerprint }: Remembered): Promise<StoredAnswer | undefined> {
    const range = { topic: "control", partition, from: offset, to: offset + 1 } as const;
    for await (const { value, headers } of recordsOf(this.#topics.log, range)) {
      if (value !== null && headers.fingerprint === fingerprint) return readJson(value, storedAnswer);
    }
    return undefined;
  }
}

function replay({ status, headers, body }: StoredAnswer): Response {
  return new Response(status === 204 ? null : body, {
    status,
    headers: { ...headers, "Idempotent-Replayed": "true" },
  });
}

function reused(): HttpProblem {
  return new HttpProblem(422, "idempotency_key_reused", "This Idempotency-Key was used with another request");
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return sum.digest("hex");
}

/** The id of the n-th new rule of a request with an Idempotency-Key: the same each time it is repeated. */
export function idempotentRuleId(tenant: string, key: string, index: number): string {
  return `r_${hash([tenant, "\n", key, "\n", String(index)]).slice(0, 24)}`;
}
