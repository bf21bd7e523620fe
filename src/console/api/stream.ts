import { backoffMs } from "../../core/backoff.ts";

export type StreamState = "connecting" | "live" | "lost";

export interface FollowStreamOptions {
  readonly url: string;
  /** What is done with the data of each event, a text, by the event's name. */
  readonly on: Readonly<Record<string, (data: string) => void>>;
  readonly state: (state: StreamState) => void;
  /** Called when the stream was lost and is there again: what was missed must be fetched. */
  readonly resumed?: () => void;
  readonly signal: AbortSignal;
}

/** How long without any event before a connection that sends heartbeats is taken for dead. */
const SILENCE_MS = 45_000;
const HEARTBEATS = ["heartbeat", "ping"];
const BACKOFF = { baseMs: 500, capMs: 10_000, floorMs: 250 };

/**
 * Follows a stream of server-sent events and connects again when it is lost, until the signal is aborted. The browser
 * gives up for good after an error answer and never notices a silent death, so each connection here is a fresh one.
 */
export function follow(options: FollowStreamOptions): void {
  let attempt = 0;
  let everLive = false;
  let beats = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;

  const connect = () => {
    source = new EventSource(options.url);
    source.onopen = opened;
    source.onerror = lose;
    for (const [name, handle] of Object.entries(options.on)) {
      source.addEventListener(name, (event) => {
        alive();
        handle(event.data);
      });
    }
    for (const name of HEARTBEATS) {
      source.addEventListener(name, () => {
        beats = true;
        alive();
      });
    }
  };

  const opened = () => {
    attempt = 0;
    options.state("live");
    if (everLive) options.resumed?.();
    everLive = true;
    alive();
  };

  const lose = () => {
    stop();
    if (options.signal.aborted) return;
    options.state("lost");
    timer = setTimeout(connect, backoffMs(attempt++, BACKOFF, Math.random));
  };

  const alive = () => {
    clearTimeout(timer);
    if (beats) timer = setTimeout(lose, SILENCE_MS);
  };

  const stop = () => {
    clearTimeout(timer);
    source?.close();
  };

  if (options.signal.aborted) return;
  options.signal.addEventListener("abort", stop, { once: true });
  options.state("connecting");
  connect();
}
