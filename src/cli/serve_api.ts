import { type Fetch, HttpListener } from "./http_listener.ts";

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
export async function serveApi(
  fetch: Fetch,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Served> {
  const listener = await HttpListener.listen(fetch, { host, port });
  const shown = host === "0.0.0.0" || host === "127.0.0.1" ? "127.0.0.1" : host;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${listener.port}`,
    port: listener.port,
    close: () => listener.close(),
  };
}
