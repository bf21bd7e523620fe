import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import { HttpProblem } from "../http/problem.ts";
import type { RulesTopic, RulesTopicReader } from "./rules_topic.ts";

/** Keys of remembered answers on the rules topic. */
export const ANSWER_KEY = "~answer/";
/** How long an answer is remembered, in ms. */
export const REMEMBERED_MS = 24 * 3_600_000;
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
interface StoredAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Answers to requests with an Idempotency-Key, for a day, also over a restart: the same key and body gets the same answer
 * and changes nothing. An answer is a record of the rules topic, written before it is sent; in memory there is only where
 * it is. When the process dies between a change and its answer's record, the repeated request finds the change done: ids
 * of new rules are made from the key.
 */
export class Idempotency implements RulesTopicReader {
  readonly #topic: RulesTopic;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Remembered>();
  readonly #running = new Set<string>();

  constructor(options: { topic: RulesTopic; log: EventLog; clock: Clock }) {
    this.#topic = options.topic;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#topic.follow(this);
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
    const key = ANSWER_KEY + hash([request.tenant, "\n", request.key]);
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

  apply(record: LogRecord): void {
    if (!record.key.startsWith(ANSWER_KEY)) return;
    if (record.value === null) {
      this.#answers.delete(record.key);
      return;
    }
    const { partition, offset, timestamp: at } = record;
    this.#answers.set(record.key, { fingerprint: record.headers.fingerprint ?? "", at, partition, offset });
  }

  /** Tombstones for answers that are old enough to be forgotten, or too many. */
  surplus(): readonly NewRecord[] {
    const now = this.#clock.now();
    const tombstones: NewRecord[] = [];
    let over = this.#answers.size - MOST_ANSWERS;
    for (const [key, { at }] of this.#answers) {
      if (over-- <= 0 && at + REMEMBERED_MS > now) continue;
      tombstones.push({ topic: "rules", key, value: null, timestamp: now });
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
    await this.#topic.append([{
      topic: "rules",
      key,
      value: JSON.stringify(answer),
      timestamp: this.#clock.now(),
      headers: { fingerprint },
    }]);
  }

  async #read({ partition, offset, fingerprint }: Remembered): Promise<StoredAnswer | undefined> {
    for await (const batch of this.#log.read({ topic: "rules", partition, from: offset, to: offset + 1 })) {
      for (const { value, headers } of batch.records) {
        if (value === null || headers.fingerprint !== fingerprint) continue;
        return JSON.parse(new TextDecoder().decode(value));
      }
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
