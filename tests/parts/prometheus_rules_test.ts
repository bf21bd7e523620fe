import { expect } from "expect";
import { allMetrics } from "../../src/telemetry/all_metrics.ts";
import { findProgram, type PartTest, partTest } from "../support/part.ts";

const folder = new URL("../../infra/prometheus/", import.meta.url).pathname;

const PROMTOOL: PartTest = {
  part: "promtool",
  missing: async () =>
    await findProgram("promtool") === undefined
      ? "Install Prometheus (Debian: apt install prometheus)."
      : undefined,
};

async function promtool(args: readonly string[], input = ""): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

partTest("Prometheus takes the alert rules and its configuration", PROMTOOL, async () => {
  for (const args of [["check", "rules", "alerts.yaml"], ["check", "config", "prometheus.yaml"]]) {
    const { success, output } = await promtool(args);
    expect({ success, output: success ? "" : output }).toEqual({ success: true, output: "" });
  }
});

partTest("every alert fires when it should and only then", PROMTOOL, async () => {
  const { success, output } = await promtool(["test", "rules", "alerts_test.yaml"]);
  expect({ success, output: success ? "" : output }).toEqual({ success: true, output: "" });
});

partTest("the rules' tests can fail", PROMTOOL, async () => {
  const tests = (await Deno.readTextFile(`${folder}alerts_test.yaml`)).replace("60000x30", "40000x30");
  const spoilt = await Deno.makeTempFile({ dir: folder, prefix: "spoilt-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(spoilt, tests);
    expect((await promtool(["test", "rules", spoilt])).success).toBe(false);
  } finally {
    await Deno.remove(spoilt);
  }
});

partTest("the metrics of every role pass promtool's lint", PROMTOOL, async () => {
  const { success, output } = await promtool(["check", "metrics"], await allMetrics().metrics());
  expect({ success, output }).toEqual({ success: true, output: "" });
});
