/**
 * What src/telemetry/trace_test.ts runs in a process of its own, with and without OTEL_DENO: an alert's way through the functions of
 * trace.ts. Prints the headers as JSON.
 *
 * @module
 */
import { activeTraceHeaders, inSpan, isTracing, traceAlert } from "../../src/telemetry/trace.ts";
import type { Alert } from "../../src/alerts/alert.ts";

const alert = {
  id: "r1@1764115200000",
  ruleId: "r1",
  kind: "target_price",
  symbol: "005930",
  price: 53200,
  eventTime: Date.now() - 500,
} as Alert;

const headers = traceAlert(alert, Date.now());
const inner = await inSpan(
  "deliver",
  { parent: headers, attributes: { "tickbell.alert.id": alert.id } },
  async () => {
    await inSpan("mail", {}, () => Promise.reject(new Error("throttled"))).catch(() => {});
    return activeTraceHeaders();
  },
);
console.log(JSON.stringify({ on: isTracing(), headers, inner }));
