import { expect } from "expect";
import { alertTrace } from "../../src/telemetry/trace.ts";
import { receiveOtlp } from "../support/otlp.ts";
import { mailsIn, startTickbell, until } from "../support/tickbell.ts";

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
    expect({ success, output: success ? "" : new TextDecoder().decode(stderr) }).toEqual({
      success: true,
      output: "",
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

Deno.test("start: an alert's trade and mail are one trace, and its id stands in the logs of both roles", async () => {
  const receiver = receiveOtlp();
  const folder = await Deno.makeTempDir({ prefix: "tickbell-trace-" });
  try {
    await Deno.writeTextFile(
      `${folder}/rules.ndjson`,
      JSON.stringify({
        id: "r1",
        symbol: "005930",
        kind: "target_price",
        comparator: "gte",
        value: "1",
        recipients: ["a@example.com"],
      }),
    );
    const args = ["--rate", "1000", "--rules", `${folder}/rules.ndjson`, "--log-level", "debug"];
    const product = await startTickbell(folder, [...args, "--log-format", "json"], {
      ...receiver.environment,
    });
    await until(async () => (await mailsIn(product.outbox)).length > 0 || undefined, "the mail");
    expect(await product.stop()).toBe(0);

    const lines = product.logged.flatMap((line) => line.startsWith("{") ? [JSON.parse(line)] : []);
    const ofAlert = lines.filter(({ properties }) => properties?.alertId?.startsWith("r1@"));
    const [alertId] = ofAlert.map(({ properties }) => properties.alertId);
    expect(ofAlert.map(({ logger }) => logger)).toEqual(["tickbell.stream", "tickbell.notifier"]);
    expect(new Set(ofAlert.map(({ properties }) => properties.alertId)).size).toBe(1);
    const traceId = alertTrace(alertId).traceparent?.slice(3, 35);
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    expect(spans.map(({ name }) => name).sort()).toEqual(["deliver mail", "trade 005930"]);
  } finally {
    await receiver.close();
    await Deno.remove(folder, { recursive: true });
  }
});
