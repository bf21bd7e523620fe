/**
 * infra/grafana/dashboards from scripts/generate/dashboards.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Where Grafana's provisioning finds them, from the project's root. */
export const DASHBOARD_FOLDER = "infra/grafana/dashboards";

const FOLDER = fileURLToPath(new URL("dashboards/", import.meta.url));

/**
 * Grafana's builders are 1,800 files that nothing else needs: they have a configuration of their own, and so are not
 * fetched when Tickbell first starts.
 *
 * @returns the dashboards by their path from the project's root.
 * @throws Error with what was said where they cannot be made.
 */
export async function dashboardFiles(): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "-q", "--frozen", "--config", `${FOLDER}deno.json`, `${FOLDER}print.ts`],
  }).output();
  if (!success) throw new Error(`the dashboards cannot be made: ${new TextDecoder().decode(stderr)}`);
  const made = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, unknown>;
  return new Map(
    Object.entries(made).map(([name, dashboard]) => [
      `${DASHBOARD_FOLDER}/${name}`,
      `${JSON.stringify(numbered(dashboard), null, 2)}\n`,
    ]),
  );
}

/** Panels with ids, which Grafana otherwise gives anew at each load. */
function numbered(dashboard: unknown): unknown {
  const made = dashboard as { panels?: Record<string, unknown>[] };
  return { ...made, panels: made.panels?.map((panel, index) => ({ id: index + 1, ...panel })) };
}
