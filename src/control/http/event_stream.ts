import { streamSSE } from "hono/streaming";
import type { ControlContext } from "./api.ts";

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

/** Answers with server-sent events until the caller or the server goes away. */
export function eventStream(c: ControlContext, source: EventSource, stopping: AbortSignal): Response {
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
    }
  });
}
