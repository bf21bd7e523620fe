import { expect } from "expect";
import { alertTrace } from "../../src/telemetry/trace.ts";
import { receiveOtlp } from "../support/otlp.ts";

Deno.test("one trade's way to a mail is one trace: the trade, the delivery, the channel's HTTP call", async () => {
  const receiver = receiveOtlp();
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-read",
        "--allow-env",
        "--allow-sys",
        "--allow-net=127.0.0.1",
        new URL("../support/traced_pipeline.ts", import.meta.url).pathname,
      ],
      env: { ...receiver.environment },
      stdout: "piped",
      stderr: "piped",
    }).output();
    expect({ success, told: success ? "" : new TextDecoder().decode(stderr) }).toEqual({
      success: true,
      told: "",
    });
    const alertId = new TextDecoder().decode(stdout).trim();
    const traceId = alertTrace(alertId).traceparent?.slice(3, 35);
    // The called server is in the same process here, and has a span of its own.
    const spans = receiver.spans.filter((span) => span.traceId === traceId && span.kind !== 2);
    expect(spans.map(({ name }) => name).sort()).toEqual(["GET", "deliver mail", "trade 005930"].sort());
    const of = (name: string) => spans.find((span) => span.name === name);
    expect(of("GET")?.parentSpanId).toBe(of("deliver mail")?.spanId);
    expect(of("deliver mail")?.parentSpanId).toBe(of("trade 005930")?.parentSpanId);
    expect(of("deliver mail")?.attributes["tickbell.alert.id"]).toBe(alertId);
  } finally {
    await receiver.close();
  }
});
