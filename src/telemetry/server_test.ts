import { expect } from "expect";
import { Health } from "./health.ts";
import { createRegistry } from "./registry.ts";
import { telemetryApp } from "./server.ts";

Deno.test("metrics are the text format, with the process's own", async () => {
  const app = telemetryApp({ health: new Health(), registry: createRegistry({ role: "consumer" }) });
  const answer = await app.request("/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).toMatch(/^tickbell_event_loop_lag_seconds \d/m);
  expect(text).toContain('tickbell_build_info{role="consumer",version="dev"} 1');
  expect(text).not.toMatch(/ Nan$/im);
});

Deno.test("ready is 503 with the reasons until every component is ready", async () => {
  const health = new Health();
  const app = telemetryApp({ health, registry: createRegistry() });
  expect((await app.request("/healthz")).status).toBe(200);
  health.set("log", { state: "down", detail: "no broker answers" });
  const down = await app.request("/readyz");
  expect(down.status).toBe(503);
  expect(await down.json()).toEqual({
    status: "not_ready",
    components: { log: { state: "down", detail: "no broker answers" } },
  });
  health.set("log", { state: "ready", detail: "connected" });
  expect((await app.request("/readyz")).status).toBe(200);
});
