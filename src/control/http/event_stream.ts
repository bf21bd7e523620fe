import { streamSSE } from "hono/streaming";
import type { Liveness } from "../auth/liveness.ts";
import { Signal } from "../../core/signal.ts";
import type { Actor } from "../auth/principal.ts";
import { accountOf } from "../people/person_policy.ts";
import { HttpProblem } from "./problem.ts";
import type { ControlContext } from "./route.ts";

/** How often a stream that has nothing to send says that it is alive, in ms. */
export const HEARTBEAT_MS = 15_000;
/** A listener that is this much behind, in characters of data, is let go; it comes back with Last-Event-ID. */
const MOST_WAITING = 4 * 2 ** 20;
/** Event streams that one who serves himself may have open at once. */
const STREAMS_A_PERSON = 8;
/** How soon a client should come back when the stream is lost, in ms. */
const RETRY_MS = 2_000;

/** An event of a stream, its data as JSON text. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** Where every partition stands once the event has been seen. */
  readonly id: string;
}

/** Takes an event in the order of writing; `id` is asked for when it is written. */
export type Emit = (
  event: { readonly event: string; readonly data: string; readonly id: () => string },
) => void;

/** What produces a stream's events: before what comes live, and live. */
export interface EventSource {
  /**
   * Starts emitting.
   *
   * @returns how to stop.
   */
  listen(emit: Emit): () => void;
  /** What is sent before the live events: those since Last-Event-ID. */
  before?: ((signal: AbortSignal) => AsyncIterable<StreamEvent>) | undefined;
  /**
   * What to resume from by one who has seen everything that was sent so far. A heartbeat carries it, so a listener that
   * has had no event yet can come back too, and what it missed meanwhile is not lost.
   */
  position(): string;
}

/** How many event streams each tenant, and each person, has open; more than the limit are refused. */
export class OpenStreams {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Counts one more.
   *
   * @returns how to count it out again.
   */
  enter(who: Actor["who"]): () => void {
    const account = accountOf(who);
    const open = this.#open.get(account) ?? 0;
    if (open >= (who.person === undefined ? this.#limit : STREAMS_A_PERSON)) {
      const whose = who.person === undefined ? "The tenant has" : "You have";
      const detail = `${whose} ${open} event streams open, which is the most: close one first`;
      throw new HttpProblem(429, "too_many_streams", detail, { headers: { "Retry-After": "5" } });
    }
    this.#open.set(account, open + 1);
    return () => {
      const left = (this.#open.get(account) ?? 1) - 1;
      if (left > 0) this.#open.set(account, left);
      else this.#open.delete(account);
    };
  }
}

/** Answers with server-sent events until the caller or the server goes away, or the caller may not listen any more. */
export function eventStream(
  c: ControlContext,
  source: EventSource,
  given: { readonly stopping: AbortSignal; readonly streams: OpenStreams; readonly liveness: Liveness },
): Response {
  const principal = c.get("principal")!;
  const leave = given.streams.enter(principal);
  c.header("Cache-Control", "no-store");
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const live = given.liveness.watch(principal);
    const signal = AbortSignal.any([gone.signal, given.stopping, live.signal]);
    const waiting = new WaitingEvents(() => gone.abort());
    const stop = source.listen(waiting.add);
    const beat = (more: { retry?: number } = {}) =>
      stream.writeSSE({ event: "heartbeat", data: "{}", id: source.position(), ...more });
    try {
      await beat({ retry: RETRY_MS });
      if (source.before) { for await (const event of source.before(signal)) await stream.writeSSE(event); }
      while (!signal.aborted) {
        const event = waiting.take();
        if (event !== undefined) await stream.writeSSE({ ...event, id: event.id() });
        else if (!await waiting.more(HEARTBEAT_MS, signal) && !signal.aborted) await beat();
      }
    } finally {
      stop();
      live.stop();
      leave();
    }
  });
}

/** Events that are not written yet; bounded by how much is in them. */
class WaitingEvents {
  readonly #events: Parameters<Emit>[0][] = [];
  readonly #grown = new Signal();
  readonly #tooMany: () => void;
  #size = 0;

  constructor(tooMany: () => void) {
    this.#tooMany = tooMany;
  }

  readonly add: Emit = (event) => {
    this.#events.push(event);
    this.#size += event.data.length;
    if (this.#size > MOST_WAITING) this.#tooMany();
    this.#grown.notify();
  };

  take(): Parameters<Emit>[0] | undefined {
    const event = this.#events.shift();
    if (event !== undefined) this.#size -= event.data.length;
    return event;
  }

  /** Whether an event came within the time; false at once when the signal is aborted. */
  async more(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#events.length > 0) return true;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ms);
    await this.#grown.wait(AbortSignal.any([signal, late.signal]));
    clearTimeout(timer);
    return this.#events.length > 0;
  }
}
