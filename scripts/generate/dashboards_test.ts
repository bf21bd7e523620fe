import { expect } from "expect";
import { dashboardFiles } from "./dashboards.ts";

Deno.test("every panel asks a datasource that is provisioned, and has a place of its own", async () => {
  const provisioned = await Deno.readTextFile(
    new URL("../../infra/grafana/provisioning/datasources/tickbell.yaml", import.meta.url),
  );
  const uids = new Set([...provisioned.matchAll(/uid: (\S+)/g)].map(([, uid]) => uid));
  for (const content of (await dashboardFiles()).values()) {
    const taken = new Set<string>();
    const { links, panels } = JSON.parse(content);
    expect(links.map(({ url }: { url: string }) => url)[0]).toMatch(/^\/d\/tickbell-/);
    for (
      const { title, description, fieldConfig, links = [], datasource, targets, gridPos } of panels
    ) {
      expect({ title, described: (description ?? "").length > 10 }).toEqual({ title, described: true });
      const unit = fieldConfig?.defaults?.unit ?? "";
      expect({ title, unit: unit !== "" }).toEqual({ title, unit: true });
      for (const { url } of links) {
        const page = new URL(`../../docs/runbooks/${url.slice(url.lastIndexOf("/") + 1)}`, import.meta.url);
        expect({ title, page: (await Deno.stat(page)).isFile }).toEqual({ title, page: true });
      }
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

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: { readonly query: string };
}

Deno.test("symbols, roles and instances are asked of the stores; freshness is none while the feed is closed", async () => {
  const [operations, stock] = [...(await dashboardFiles()).values()].map((text) => JSON.parse(text));
  const queries = (dashboard: { templating: { list: readonly Variable[] } }) =>
    new Map(
      dashboard.templating.list.filter(({ type }) => type === "query")
        .map(({ name, query }) => [name, query?.query ?? ""]),
    );
  expect(Object.fromEntries(queries(operations))).toEqual({
    role: "label_values(tickbell_build_info, role)",
    instance: 'label_values(tickbell_build_info{role=~"$role"}, instance)',
  });
  expect([...queries(stock).keys()]).toEqual(["symbol"]);
  expect(queries(stock).get("symbol")).toContain("schema.tagValues");
  const fresh = operations.panels.filter(({ title }: { title: string }) =>
    /Newest trade|freshness/.test(title)
  );
  expect(fresh.length).toBe(2);
  for (const { targets } of fresh) {
    for (const { expr } of targets) expect(expr).toContain("tickbell_producer_source_open");
  }
});

Deno.test("every panel follows the chosen roles and instances, but that of the total over all processes", async () => {
  const [operations] = [...(await dashboardFiles()).values()].map((text) => JSON.parse(text));
  // Whether the feed is open is asked of whoever has it.
  const guard = "on() (max(tickbell_producer_source_open) == 1)";
  const all: string[] = [];
  for (const { title, targets } of operations.panels) {
    for (const { expr } of targets) {
      const asked = expr.replaceAll(guard, "").matchAll(/\b((?:tickbell|process)[_:][a-z_:]+)(\{[^}]*\})?/g);
      for (const [, metric, chosen = ""] of asked) {
        if (!chosen.includes('instance=~"$instance"')) all.push(`${title}: ${metric}`);
      }
    }
  }
  const total = "Dead letters in 15 min: tickbell:dead_letters:total";
  expect(all).toEqual([total, total]);
});
