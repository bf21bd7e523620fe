/**
 * Writes the charts' values.schema.json from one table, the subcharts' from the same as their parent's.
 *
 *     deno run --allow-read --allow-write scripts/chart_schema.ts [--check]
 *
 * @module
 */
import type { Schema } from "./chart_schema/fields.ts";
import { MONITORING, STOCK_APP } from "./chart_schema/tables.ts";

const ROOT = new URL("..", import.meta.url);

/** Each chart's folder with the properties of its values. */
export const CHARTS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  "helm/stock-app": STOCK_APP,
  "helm/stock-app/charts/producer": STOCK_APP.producer.properties,
  "helm/stock-app/charts/consumer": STOCK_APP.consumer.properties,
  "helm/monitoring": MONITORING,
};

/** The schema files that differ from the table, by path, with what they should say. */
export async function outOfDate(): Promise<Map<string, string>> {
  const changes = new Map<string, string>();
  for (const [folder, properties] of Object.entries(CHARTS)) {
    const path = `${folder}/values.schema.json`;
    const name = folder === "helm/stock-app" ? "stock_app" : folder.split("/").at(-1);
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: `Values of ${name}`,
      type: "object",
      additionalProperties: false,
      properties,
    };
    const wanted = `${JSON.stringify(schema, null, 2)}\n`;
    const present = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
    if (present !== wanted) changes.set(path, wanted);
  }
  return changes;
}

if (import.meta.main) {
  const changes = await outOfDate();
  for (const [path, text] of changes) {
    console.log(path);
    if (!Deno.args.includes("--check")) await Deno.writeTextFile(new URL(path, ROOT), text);
  }
  if (Deno.args.includes("--check") && changes.size > 0) Deno.exit(1);
}
