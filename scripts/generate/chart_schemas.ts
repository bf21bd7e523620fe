/**
 * The charts' values.schema.json from one table, the subcharts' from the same as their parent's.
 *
 * @module
 */
import type { Schema } from "./chart_schema/fields.ts";
import { MONITORING, STOCK_APP } from "./chart_schema/tables.ts";

/** Each chart's folder with the properties of its values. */
export const CHARTS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  "helm/stock-app": STOCK_APP,
  "helm/stock-app/charts/producer": STOCK_APP.producer.properties,
  "helm/stock-app/charts/consumer": STOCK_APP.consumer.properties,
  "helm/monitoring": MONITORING,
};

/** @returns the schema files by their path from the project's root. */
export function chartSchemaFiles(): Map<string, string> {
  return new Map(
    Object.entries(CHARTS).map(([folder, properties]) => {
      const name = folder === "helm/stock-app" ? "stock_app" : folder.split("/").at(-1);
      const schema = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: `Values of ${name}`,
        type: "object",
        additionalProperties: false,
        properties,
      };
      return [`${folder}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );
}
