import { expect } from "expect";
import { alertTrace } from "./trace.ts";
import { receiveOtlp } from "../../tests/support/otlp.ts";

async function runChild(environment: Readonly<Record<string, string>>) {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-env",
      "--allow-net=127.0.0.1",
      new URL("../../tests/support/trace_child.ts", import.meta.url).pathname,
    ],
    env: { ...environment },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
  return JSON.parse(new TextDecoder().decode(output.stdout));
}

Deno.test("an alert's way is one trace: the trade, the delivery below it, the failed call below that", async () => {
  const receiver = receiveOtlp();
  try {
    const child = await runChild(receiver.environment);
    expect(child.on).toBe(true);
    expect(child.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const of = (name: string) => receiver.spans.find((span) => span.name === name);
    const [trade, deliver, mail] = ["trade 005930", "deliver", "mail"].map(of);
    expect(new Set([trade?.traceId, deliver?.traceId, mail?.traceId]).size).toBe(1);
    expect(child.headers.traceparent).toContain(trade?.traceId);
    expect(child.inner.traceparent).toContain(deliver?.spanId);
    expect(trade?.traceId).toBe(alertTrace("r1@1764115200000").traceparent?.slice(3, 35));
    expect(deliver?.parentSpanId).toBe(trade?.spanId);
    expect(mail?.parentSpanId).toBe(deliver?.spanId);
    expect(trade?.attributes["tickbell.alert.id"]).toBe("r1@1764115200000");
    expect(mail?.status).toMatchObject({ code: 2, message: "throttled" });
    const tookMs = (Number(trade?.endTimeUnixNano) - Number(trade?.startTimeUnixNano)) / 1e6;
    expect(tookMs).toBeGreaterThanOrEqual(499);
  } finally {
    await receiver.close();
  }
});

Deno.test("traces are off by default: no headers, nothing is sent", async () => {
  expect(await runChild({ OTEL_DENO: "" })).toEqual({ on: false, headers: {}, inner: {} });
});

Deno.test("an alert's trace is the same in every process and another for another alert", () => {
  const [first, again, other] = ["r1@0", "r1@0", "r1@3600000"].map((id) => alertTrace(id).traceparent);
  expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(again).toBe(first);
  expect(other?.slice(3, 35)).not.toBe(first?.slice(3, 35));
});
