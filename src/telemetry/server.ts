import { Hono } from "hono";
import type { Registry } from "prom-client";
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
