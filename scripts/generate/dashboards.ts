/**
 * infra/grafana/dashboards from scripts/generate/dashboards.
 *
 * @module
 */
import { operationsDashboard } from "./dashboards/operations.ts";
import { stockDashboard } from "./dashboards/stock.ts";

/** Where Grafana's provisioning finds them, from the project's root. */
export const DASHBOARD_FOLDER = "infra/grafana/dashboards";

/** @returns the dashboards by their path from the project's root. */
export function dashboardFiles(): Map<string, string> {
  const text = (dashboard: unknown) => `${JSON.stringify(numbered(dashboard), null, 2)}\n`;
  return new Map([
    [`${DASHBOARD_FOLDER}/operations.json`, text(operationsDashboard())],
    [`${DASHBOARD_FOLDER}/stock.json`, text(stockDashboard())],
  ]);
}

/** Panels with ids, which Grafana otherwise gives anew at each load. */
function numbered(dashboard: unknown): unknown {
  const made = dashboard as { panels?: Record<string, unknown>[] };
  return { ...made, panels: made.panels?.map((panel, index) => ({ id: index + 1, ...panel })) };
}
