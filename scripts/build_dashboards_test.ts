import { expect } from "expect";
import { DASHBOARD_FOLDER, dashboardFiles } from "./build_dashboards.ts";

Deno.test("the committed dashboards are what the script builds", async () => {
  const committed = [...Deno.readDirSync(DASHBOARD_FOLDER)].map(({ name }) => name).sort();
  expect(committed).toEqual([...dashboardFiles().keys()]);
  for (const [name, content] of dashboardFiles()) {
    const found = await Deno.readTextFile(new URL(name, DASHBOARD_FOLDER));
    const told = `${name} is out of date: deno run --allow-read --allow-write scripts/build_dashboards.ts`;
    expect(found === content ? "up to date" : told).toBe("up to date");
  }
});

Deno.test("every panel asks a datasource that is provisioned, and has a place of its own", async () => {
  const provisioned = await Deno.readTextFile(
    new URL("../provisioning/datasources/tickbell.yaml", DASHBOARD_FOLDER),
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
