import { ALIVE_MS, type FromPage, type ToPage } from "./shared_streams.ts";
import { follow, type FollowStreamOptions } from "./stream.ts";

/**
 * Follows event streams by the connection that all tabs of this browser share; where a browser has no shared workers, by
 * one of its own.
 */
export class Tabs {
  readonly #followed = new Map<number, FollowStreamOptions>();
  #port: MessagePort | undefined;
  #next = 1;

  /** @param script The worker's address; undefined: none is used. */
  constructor(script: string | undefined) {
    if (script === undefined || typeof SharedWorker === "undefined") return;
    const worker = new SharedWorker(script, { type: "module", name: "tickbell" });
    this.#port = worker.port;
    this.#port.onmessage = ({ data }: MessageEvent<ToPage>) => this.#take(data);
    // A worker that cannot be loaded: each page has connections of its own.
    worker.onerror = () => this.#alone();
    setInterval(() => this.#say(), ALIVE_MS);
    addEventListener("pagehide", () => this.#send({ want: [] }));
    addEventListener("pageshow", () => this.#say());
  }

  /** Follows a stream until its signal is aborted. */
  follow(options: FollowStreamOptions): void {
    if (this.#port === undefined) return follow(options);
    if (options.signal.aborted) return;
    const id = this.#next++;
    this.#followed.set(id, options);
    options.signal.addEventListener("abort", () => {
      this.#followed.delete(id);
      this.#say();
    }, { once: true });
    options.state("connecting");
    this.#say();
  }

  #take(message: ToPage): void {
    const options = this.#followed.get(message.id);
    if (options === undefined) return;
    if ("state" in message) options.state(message.state);
    else if ("resumed" in message) options.resumed?.();
    else options.on[message.event]?.(message.data);
  }

  #say(): void {
    const want = [...this.#followed].map(([id, { url, on }]) => ({
      id,
      url,
      events: Object.keys(on),
    }));
    this.#send({ want });
  }

  #send(message: FromPage): void {
    this.#port?.postMessage(message);
  }

  #alone(): void {
    this.#port = undefined;
    for (const options of this.#followed.values()) follow(options);
    this.#followed.clear();
  }
}
