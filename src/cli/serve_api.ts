import { messageOf, OutsideError } from "../core/errors.ts";
import { logger } from "../telemetry/log.ts";

const logging = logger("start");

/** A served app. */
export interface Served {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

type Fetch = (request: Request, from: { readonly address: string }) => Response | Promise<Response>;

/** How long to wait before listening again, ms. */
const AGAIN_MS = 200;
/** Event streams end when their role stops; what still hangs on after this is cut, ms. */
const CLOSE_MS = 1_000;

/**
 * Serves an app's `fetch`, which is handed the caller's address too. Where the process runs out of descriptors, by a flood of connections, the listener ends: then
 * every connection is cut, so that the roles have descriptors again, and it listens again.
 *
 * @throws {OutsideError} `port_in_use`, `address_unusable`.
 */
export function serveApi(fetch: Fetch, options: { readonly host: string; readonly port: number }): Served {
  const { host } = options;
  const listener = new Listener(fetch, host);
  const port = listener.listen(options.port);
  const shown = host === "0.0.0.0" || host === "127.0.0.1" ? "127.0.0.1" : host;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${port}`,
    port,
    close: () => listener.close(),
  };
}

class Listener {
  readonly #fetch: Fetch;
  readonly #host: string;
  readonly #closed = Promise.withResolvers<void>();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #closing = false;

  constructor(fetch: Fetch, host: string) {
    this.#fetch = fetch;
    this.#host = host;
  }

  /**
   * Listens.
   *
   * @returns the port.
   */
  listen(port: number): number {
    const cut = new AbortController();
    const server = this.#open(port, cut.signal);
    this.#server = server;
    server.finished.catch((error) => this.#ended(error, { cut, port: server.addr.port }));
    return server.addr.port;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#closed.resolve();
    const graceful = this.#server?.shutdown() ?? Promise.resolve();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([graceful, new Promise((resolve) => timer = setTimeout(resolve, CLOSE_MS))]);
    clearTimeout(timer);
  }

  #open(port: number, signal: AbortSignal): Deno.HttpServer<Deno.NetAddr> {
    const hostname = this.#host;
    try {
      return Deno.serve(
        { hostname, port, signal, automaticCompression: true, onListen: () => {} },
        (request, { remoteAddr }) => this.#fetch(request, { address: remoteAddr.hostname }),
      );
    } catch (error) {
      throw listenError(error, { hostname, port });
    }
  }

  /** The listener has failed; nobody asked it to end. */
  async #ended(error: unknown, { cut, port }: { cut: AbortController; port: number }): Promise<void> {
    if (this.#closing) return;
    this.#server = undefined;
    cut.abort();
    logging.error("The API's listener failed, every connection is cut and it listens again: {error}", {
      error: messageOf(error),
    });
    while (!this.#closing) {
      await this.#pause();
      if (this.#closing) return;
      try {
        this.listen(port);
        logging.warn("The API listens again");
        return;
      } catch {
        // Not yet: the descriptors of what was cut come back a moment later.
      }
    }
  }

  async #pause(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      this.#closed.promise,
      new Promise((resolve) => timer = setTimeout(resolve, AGAIN_MS)),
    ]);
    clearTimeout(timer);
  }
}

function listenError(error: unknown, { hostname, port }: { hostname: string; port: number }): OutsideError {
  const [code, reason] = error instanceof Deno.errors.AddrInUse
    ? [
      "port_in_use",
      `port ${port} of ${hostname} is in use; stop what has it, or choose another with --port (0 takes a free one)`,
    ]
    : ["address_unusable", `cannot listen on ${hostname}:${port}: ${messageOf(error)}`];
  return new OutsideError(code, reason, { retryable: false, cause: error });
}
