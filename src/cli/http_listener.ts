import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "../core/clock.ts";
import { messageOf, OutsideError } from "../core/errors.ts";
import { compressed } from "./compressed.ts";
import { logger } from "../telemetry/log.ts";

const logging = logger("http");

/** Answers a request; `address` is the caller's. */
export type Fetch = (request: Request, from: { readonly address: string }) => Response | Promise<Response>;

/** How long a connection is waited for. */
export interface Timeouts {
  /** For the headers of a request, and for the first of a connection, ms. */
  readonly headersMs: number;
  /** For the whole of a request, ms: an import is read as it is carried out. */
  readonly requestMs: number;
  /** For the next request, ms: longer than proxies keep a connection (Caddy 2 min), so that they are who closes it. */
  readonly keepAliveMs: number;
  /** With nothing read and nothing written, ms: an event stream has its heartbeats. */
  readonly silentMs: number;
}

/** What the server waits with. */
export const TIMEOUTS: Timeouts = {
  headersMs: 10_000,
  requestMs: 600_000,
  keepAliveMs: 130_000,
  silentMs: 300_000,
};

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What chooses the port: `--port`. */
  readonly setting?: string;
  readonly timeouts?: Timeouts;
}

/** How long to wait before listening again, ms. */
const AGAIN_MS = 200;
/** Event streams end when their role stops; what still hangs on after this is cut, ms. */
const CLOSE_MS = 1_000;
/** How often it is tried whether connections are taken, ms, and in how many steps of how many ms it must be. */
const TRIED_MS = 1_000;
const TRIED_STEPS = 50;
const STEP_MS = 100;
/** What a connection to ourselves ends with when there are no descriptors left, or nobody listens. */
const DEAF: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ECONNREFUSED"]);
/** Headers that are read at all, bytes. */
const MOST_HEADER_BYTES = 65_536;
/** How often connections are looked through for those that are too late, ms. */
const CHECKED_MS = 1_000;

/**
 * Listens for HTTP, with an end to every wait. Where the process runs out of descriptors, by a flood of connections, every
 * connection is cut, so that the roles have descriptors again, and it listens again: Deno's listener takes no more after that
 * and does not say so, therefore it is tried every second.
 */
export class HttpListener {
  readonly #fetch: Fetch;
  readonly #host: string;
  readonly #setting: string;
  readonly #timeouts: Timeouts;
  readonly #closing = new AbortController();
  #server: Server | undefined;
  #watching: Promise<void> | undefined;

  private constructor(fetch: Fetch, { host, setting = "--port", timeouts = TIMEOUTS }: ListenOptions) {
    this.#fetch = fetch;
    this.#host = host;
    this.#setting = setting;
    this.#timeouts = timeouts;
  }

  /**
   * Begins to listen.
   *
   * @throws {OutsideError} `port_in_use`, `address_unusable`.
   */
  static async listen(fetch: Fetch, options: ListenOptions): Promise<HttpListener> {
    const listener = new HttpListener(fetch, options);
    await listener.#open(options.port);
    listener.#watching = listener.#watch(listener.port);
    return listener;
  }

  /** The port. */
  get port(): number {
    return (this.#server!.address() as AddressInfo).port;
  }

  /** Takes no more; what is being answered has a second. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    const server = this.#server;
    if (server === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    await promise;
    clearTimeout(timer);
  }

  async #open(port: number): Promise<void> {
    const { headersMs, requestMs, keepAliveMs, silentMs } = this.#timeouts;
    const server = createServer({
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      // What is over the limits of the app is said by the app.
      maxHeaderSize: MOST_HEADER_BYTES,
      connectionsCheckingInterval: Math.min(CHECKED_MS, headersMs),
    }, getRequestListener(this.#answer, { overrideGlobalObjects: false }));
    server.timeout = silentMs;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("listening", resolve).once("error", reject);
    server.listen({ port, host: this.#host });
    try {
      await promise;
    } catch (error) {
      throw listenError(error, { host: this.#host, port, setting: this.#setting });
    }
    this.#server = server;
  }

  readonly #answer = async (
    request: Request,
    { incoming }: { incoming: { socket: { remoteAddress?: string | undefined } } },
  ): Promise<Response> =>
    compressed(request, await this.#fetch(request, { address: incoming.socket.remoteAddress ?? "" }));

  async #watch(port: number): Promise<void> {
    for (;;) {
      await systemClock.sleep(TRIED_MS, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      const fault = await this.#fault(port);
      if (fault === undefined || this.#closing.signal.aborted) continue;
      logging.error(
        "The listener takes no connections, every connection is cut and it listens again: {fault}",
        { fault },
      );
      this.#server!.closeAllConnections();
      this.#server!.close();
      await this.#reopen(port);
    }
  }

  async #reopen(port: number): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await systemClock.sleep(AGAIN_MS, this.#closing.signal);
      try {
        await this.#open(port);
        logging.warn("The listener is back");
        return;
      } catch {
        // Not yet: the descriptors of what was cut come back a moment later.
      }
    }
  }

  /** Why no connection is taken; undefined when one is. */
  async #fault(port: number): Promise<string | undefined> {
    let isTaken = false;
    let fault: string | undefined;
    const taken = () => void (isTaken = true);
    this.#server!.once("connection", taken);
    const tried = Deno.connect({ hostname: this.#host, port });
    tried.catch((error) => {
      if (DEAF.has(error.code)) fault = messageOf(error);
      // Anything else says nothing of us: a role that reaches no private network does not reach itself either.
      else isTaken = true;
    });
    // By turns of the event loop: one that is late has not seen yet what has come.
    for (let step = 0; step < TRIED_STEPS && !isTaken && fault === undefined; step++) {
      await systemClock.sleep(STEP_MS);
    }
    this.#server!.off("connection", taken);
    tried.then((connection) => connection.close(), () => {});
    return isTaken ? undefined : fault ?? "it is deaf";
  }
}

function listenError(
  error: unknown,
  { host, port, setting }: Required<Omit<ListenOptions, "timeouts">>,
): OutsideError {
  const [code, reason] = (error as { code?: string }).code === "EADDRINUSE"
    ? [
      "port_in_use",
      `port ${port} of ${host} is in use; stop what has it, or choose another with ${setting} (0 takes a free one)`,
    ]
    : ["address_unusable", `cannot listen on ${host}:${port}: ${messageOf(error)}`];
  return new OutsideError(code, reason, { retryable: false, cause: error });
}
