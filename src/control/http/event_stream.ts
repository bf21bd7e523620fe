import { streamSSE } from "hono/streaming";
import { HttpProblem } from "./problem.ts";
import type { ControlContext } from "./route.ts";

/** How often a stream that has nothing to tell says that it is alive, in ms. */
export const HEARTBEAT_MS = 15_000;
/** A listener that is this many events behind is let go; it comes back with Last-Event-ID. */
const MOST_WAITING = 10_000;

/** An event of a stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string;
}

/** What produces a stream's events: before what comes live, and live. */
export interface EventSource {
  /** Starts telling; answers how to stop. */
  listen(tell: (event: StreamEvent) => void): () => void;
  /** What is told before the live events, e.g. those since Last-Event-ID. */
  before?: ((signal: AbortSignal) => AsyncIterable<StreamEvent>) | undefined;
  /** Makes the event that is written from the one that was told, in the order of writing. */
  finish?: (told: StreamEvent) => StreamEvent;
}

/** How many event streams each tenant has open; more than the limit are refused. */
export class OpenStreams {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more, and answers how to count it out again. */
  enter(tenant: string): () => void {
    const open = this.#open.get(tenant) ?? 0;
    if (open >= this.#limit) {
      const detail = `The tenant has ${open} event streams open, which is the most: close one first`;
      throw new HttpProblem(429, "too_many_streams", detail, { headers: { "Retry-After": "5" } });
    }
    this.#open.set(tenant, open + 1);
    return () => {
      const left = (this.#open.get(tenant) ?? 1) - 1;
      if (left > 0) this.#open.set(tenant, left);
      else this.#open.delete(tenant);
    };
  }
}

/** Answers with server-sent events until the caller or the server goes away. */
export function eventStream(
  c: ControlContext,
  source: EventSource,
  given: { readonly stopping: AbortSignal; readonly streams: OpenStreams },
): Response {
  const { stopping, streams } = given;
  const leave = streams.enter(c.get("principal")!.tenant);
  c.header("Cache-Control", "no-store");
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const signal = AbortSignal.any([gone.signal, stopping]);
    const waiting: StreamEvent[] = [];
    let wake = () => {};
    signal.addEventListener("abort", () => wake(), { once: true });
    const stop = source.listen((event) => {
      waiting.push(event);
      if (waiting.length > MOST_WAITING) gone.abort();
      wake();
    });
    const write = ({ event, data, id }: StreamEvent) =>
      stream.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
    try {
      await write({ event: "heartbeat", data: {} });
      if (source.before) { for await (const event of source.before(signal)) await write(event); }
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event !== undefined) {
          await write(source.finish?.(event) ?? event);
          continue;
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        const beat = await new Promise<boolean>((resolve) => {
          wake = () => resolve(false);
          timer = setTimeout(() => resolve(true), HEARTBEAT_MS);
          if (signal.aborted) resolve(false);
        });
        clearTimeout(timer);
        if (beat) await write({ event: "heartbeat", data: {} });
      }
    } finally {
      stop();
      leave();
    }
  });
}
