import { Hono } from "hono";
import type { Registry } from "prom-client";
import { OutsideError } from "../core/errors.ts";
import type { Health } from "./health.ts";

/** What the probes and Prometheus read. */
export interface TelemetryDeps {
  readonly health: Health;
  readonly registry: Registry;
}

/**
 * /healthz (the process lives), /readyz (every component is ready; 503 with the components otherwise) and /metrics, as
 * an app that can be mounted or served by itself.
 */
export function telemetryApp({ health, registry }: TelemetryDeps): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const ready = health.ready;
    return c.json(
      { status: ready ? "ready" : "not_ready", components: health.components() },
      ready ? 200 : 503,
    );
  });
  app.get("/metrics", async (c) => {
    const text = await registry.metrics();
    return c.body(text, 200, { "content-type": registry.contentType });
  });
  return app;
}

/** A running telemetry server. */
export interface TelemetryServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves {@link telemetryApp} for a role that has no API of its own.
 *
 * @throws {OutsideError} `port_in_use` when another process has the port.
 */
export function serveTelemetry(
  deps: TelemetryDeps,
  options: { readonly port: number; readonly host?: string },
): TelemetryServer {
  const hostname = options.host ?? "127.0.0.1";
  try {
    const server = Deno.serve({ hostname, port: options.port, onListen: () => {} }, telemetryApp(deps).fetch);
    return { port: server.addr.port, close: () => server.shutdown() };
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AddrInUse)) throw thrown;
    throw new OutsideError(
      "port_in_use",
      `cannot serve metrics: port ${options.port} of ${hostname} is in use; choose another with --metrics-port`,
      { retryable: false, cause: thrown },
    );
  }
}
