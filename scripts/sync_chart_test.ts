import { expect } from "expect";
import { outOfStep } from "./sync_chart.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

Deno.test("the charts bring the dashboards and alert rules that are tested in infra", async () => {
  // When it fails: deno run --allow-read --allow-write scripts/sync_chart.ts
  expect([...(await outOfStep(ROOT)).keys()]).toEqual([]);
});

Deno.test("a changed, a new and a removed file are out of step; an empty source is an error", async () => {
  const root = await Deno.makeTempDir({ prefix: "tickbell-chart-" });
  try {
    const write = async (path: string, text: string) => {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    };
    await write("infra/grafana/dashboards/a.json", "{}");
    await expect(outOfStep(root)).rejects.toThrow("nothing to copy");
    await write("infra/grafana/provisioning/dashboards/p.yaml", "p");
    await write("infra/grafana/provisioning/datasources/d.yaml", "d");
    await write("infra/prometheus/alerts.yaml", "rules");
    await write("infra/prometheus/alerts_test.yaml", "tests stay");
    await write("helm/stock-app/files/dashboards/a.json", "{ old }");
    await write("helm/stock-app/files/dashboards/gone.json", "{}");
    const changes = await outOfStep(root);
    expect(changes.get(`${root}/helm/stock-app/files/dashboards/a.json`)).toBe("{}");
    expect(changes.get(`${root}/helm/monitoring/files/rules/alerts.yaml`)).toBe("rules");
    expect(changes.has(`${root}/helm/stock-app/files/rules/alerts_test.yaml`)).toBe(false);
    expect(changes.has(`${root}/helm/stock-app/files/dashboards/gone.json`)).toBe(true);
    expect(changes.get(`${root}/helm/stock-app/files/dashboards/gone.json`)).toBeUndefined();
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
