import { expect } from "expect";
import { allMetrics } from "../../src/telemetry/all_metrics.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, root));

/** The names of what Prometheus stores of our metrics: those with _bucket, _sum and _count too. */
async function storedNames(): Promise<ReadonlySet<string>> {
  const metrics = await allMetrics().getMetricsAsJSON();
  return new Set(
    metrics.flatMap(({ name, type }) =>
      String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
    ),
  );
}

Deno.test("alert rules and dashboards ask only for metrics that roles serve", async () => {
  const names = await storedNames();
  const files = ["infra/prometheus/alerts.yaml"];
  for await (const entry of Deno.readDir(new URL("infra/grafana/dashboards", root))) {
    files.push(`infra/grafana/dashboards/${entry.name}`);
  }
  for (const file of files) {
    const asked = new Set((await read(file)).match(/\b(?:tickbell|process)_[a-z_]+\b/g));
    const unknown = [...asked].filter((name) => !names.has(name) && !name.startsWith("tickbell_${"));
    expect({ file, unknown }).toEqual({ file, unknown: [] });
  }
});

Deno.test("every alert has a runbook that names it, a severity and a unit test", async () => {
  const rules = await read("infra/prometheus/alerts.yaml");
  const tests = await read("infra/prometheus/alerts_test.yaml");
  const alerts = [...rules.matchAll(/- alert: (\w+)\n([\s\S]*?runbook: (\S+))/g)];
  expect(alerts.length).toBeGreaterThan(10);
  for (const [, name, body, runbook] of alerts) {
    expect(await read(runbook ?? "")).toContain(`# ${name}\n`);
    expect(body).toMatch(/severity: (?:critical|warning)/);
    expect(tests).toContain(`alertname: ${name}\n        exp_alerts:`);
  }
  const runbooks = [...Deno.readDirSync(new URL("docs/runbooks", root))];
  expect(runbooks).toHaveLength(alerts.length);
});

Deno.test("metrics follow Prometheus's naming", async () => {
  for (const { name, type, help } of await allMetrics().getMetricsAsJSON()) {
    expect(name).toMatch(/^(?:tickbell|process)_[a-z_]+$/);
    expect(help.length).toBeGreaterThan(3);
    if (String(type) === "counter") expect(name).toMatch(/_total$/);
    if (String(type) === "histogram") expect(name).toMatch(/_(?:seconds|points|bytes)$/);
    if (String(type) === "gauge") expect(name).not.toMatch(/_total$/);
    expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|kilobytes)\b/);
  }
});
