import type { FollowStreamOptions, StreamState } from "./stream.ts";

/** An event stream that a page follows through the worker that all tabs of a browser share. */
export interface WantedStream {
  /** The page's own number of it. */
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
}

/** What a page says: all the streams it wants now. Said at each change, and again and again while the page is alive. */
export interface FromPage {
  readonly want: readonly WantedStream[];
}

/** What the worker says of a stream. */
export type ToPage =
  & { readonly id: number }
  & (
    | { readonly state: StreamState }
    | { readonly resumed: true }
    | { readonly event: string; readonly data: string }
  );

/** The worker's end of the way to a page. */
export interface PagePort {
  send(message: ToPage): void;
}

/** How often a page says that it is there, ms; a page in the background is let run once a minute. */
export const ALIVE_MS = 20_000;
/** After so long without a word a page is taken for closed, ms. */
export const GONE_MS = 180_000;

interface Shared {
  readonly stop: AbortController;
  readonly followers: Map<PagePort, Set<number>>;
  state: StreamState;
}

/**
 * One connection a stream, however many pages want it: browsers allow six to a host, and each tab would take two. A stream
 * ends with the last page that wants it.
 */
export class SharedStreams {
  readonly #follow: (options: FollowStreamOptions) => void;
  readonly #streams = new Map<string, Shared>();
  readonly #heard = new Map<PagePort, number>();
  /** Pages that were let go of, and may come back. */
  readonly #gone = new WeakSet<PagePort>();

  constructor(follow: (options: FollowStreamOptions) => void) {
    this.#follow = follow;
  }

  /** What a page wants from now on. */
  want(port: PagePort, { want }: FromPage, now: number): void {
    for (const wanted of want) this.#join(port, wanted);
    for (const [url, shared] of this.#streams) {
      const ids = new Set(want.filter((each) => each.url === url).map(({ id }) => id));
      if (ids.size > 0) shared.followers.set(port, ids);
      else if (shared.followers.delete(port)) this.#endUnused(url, shared);
    }
    if (want.length === 0) this.#heard.delete(port);
    else this.#heard.set(port, now);
    // A page that was asleep has missed what came meanwhile.
    if (!this.#gone.delete(port)) return;
    for (const { id } of want) port.send({ id, resumed: true });
  }

  /** Lets go of pages that have not been heard of for long. */
  sweep(now: number): void {
    for (const [port, at] of this.#heard) {
      if (now - at <= GONE_MS) continue;
      this.want(port, { want: [] }, now);
      this.#gone.add(port);
    }
  }

  /** How many connections there are. */
  get size(): number {
    return this.#streams.size;
  }

  #join(port: PagePort, { id, url, events }: WantedStream): void {
    const shared = this.#streams.get(url) ?? this.#begin(url, events);
    const ids = shared.followers.get(port) ?? new Set();
    if (ids.has(id)) return;
    shared.followers.set(port, ids.add(id));
    port.send({ id, state: shared.state });
  }

  #begin(url: string, events: readonly string[]): Shared {
    const shared: Shared = { stop: new AbortController(), followers: new Map(), state: "connecting" };
    this.#streams.set(url, shared);
    const send = (message: (id: number) => ToPage) => {
      for (const [port, ids] of shared.followers) for (const id of ids) port.send(message(id));
    };
    this.#follow({
      url,
      signal: shared.stop.signal,
      state: (state) => {
        shared.state = state;
        send((id) => ({ id, state }));
      },
      resumed: () => send((id) => ({ id, resumed: true })),
      on: Object.fromEntries(
        events.map((event) => [event, (data: string) => send((id) => ({ id, event, data }))]),
      ),
    });
    return shared;
  }

  #endUnused(url: string, shared: Shared): void {
    if (shared.followers.size > 0) return;
    shared.stop.abort();
    this.#streams.delete(url);
  }
}
