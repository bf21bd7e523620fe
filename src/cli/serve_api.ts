import { OutsideError } from "../core/errors.ts";

/** A served app. */
export interface Served {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves an app's `fetch`, which is handed the caller's address too.
 *
 * @throws {OutsideError} `port_in_use`, `address_unusable`.
 */
export function serveApi(
  fetch: (request: Request, from: { readonly address: string }) => Response | Promise<Response>,
  options: { readonly host: string; readonly port: number },
): Served {
  const { host, port } = options;
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { hostname: host, port, automaticCompression: true, onListen: () => {} },
      (request, { remoteAddr }) => fetch(request, { address: remoteAddr.hostname }),
    );
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new OutsideError(
        "port_in_use",
        `port ${port} of ${host} is in use; stop what has it, or choose another with --port (0 takes a free one)`,
        { retryable: false, cause: error },
      );
    }
    throw new OutsideError(
      "address_unusable",
      `cannot listen on ${host}:${port}: ${(error as Error).message}`,
      {
        retryable: false,
        cause: error,
      },
    );
  }
  const shown = host === "0.0.0.0" || host === "127.0.0.1" ? "127.0.0.1" : host;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${server.addr.port}`,
    port: server.addr.port,
    close: async () => {
      // Event streams end when their role stops; what still hangs on after a second is cut.
      const graceful = server.shutdown();
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([graceful, new Promise((resolve) => timer = setTimeout(resolve, 1_000))]);
      clearTimeout(timer);
    },
  };
}
