import { expect } from "expect";
import { dashboardFiles } from "./dashboards.ts";

Deno.test("every panel asks a datasource that is provisioned, and has a place of its own", async () => {
  const provisioned = await Deno.readTextFile(
    new URL("../../infra/grafana/provisioning/datasources/tickbell.yaml", import.meta.url),
  );
  const uids = new Set([...provisioned.matchAll(/uid: (\S+)/g)].map(([, uid]) => uid));
  for (const content of dashboardFiles().values()) {
    const taken = new Set<string>();
    for (const { title, datasource, targets, gridPos } of JSON.parse(content).panels) {
      expect(uids).toContain(datasource.uid);
      expect(targets.length).toBeGreaterThan(0);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect({ title, x, free: x < 24 && !taken.has(`${x} ${y}`) }).toEqual({ title, x, free: true });
          taken.add(`${x} ${y}`);
        }
      }
    }
  }
});
