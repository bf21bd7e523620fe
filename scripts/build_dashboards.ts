/**
 * Writes infra/grafana/dashboards from scripts/dashboards: `deno run --allow-read --allow-write scripts/build_dashboards.ts`.
 *
 * @module
 */
import { operationsDashboard } from "./dashboards/operations.ts";
import { stockDashboard } from "./dashboards/stock.ts";

/** Where Grafana's provisioning finds them. */
export const DASHBOARD_FOLDER = new URL("../infra/grafana/dashboards/", import.meta.url);

/** The files' names and content. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const text = (dashboard: unknown) => `${JSON.stringify(numbered(dashboard), null, 2)}\n`;
  return new Map([
    ["operations.json", text(operationsDashboard())],
    ["stock.json", text(stockDashboard())],
  ]);
}

/** Panels with ids, which Grafana otherwise gives anew at each load. */
function numbered(dashboard: unknown): unknown {
  const made = dashboard as { panels?: Record<string, unknown>[] };
  return { ...made, panels: made.panels?.map((panel, index) => ({ id: index + 1, ...panel })) };
}

if (import.meta.main) {
  for (const [name, content] of dashboardFiles()) {
    await Deno.writeTextFile(new URL(name, DASHBOARD_FOLDER), content);
  }
}
