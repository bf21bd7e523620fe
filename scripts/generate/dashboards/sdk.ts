// deno-lint-ignore-file no-import-prefix -- used by this script alone; not in the import map
/**
 * Grafana's own builders, and the two kinds of query we use.
 *
 * @module
 */
import type { Builder, Dataquery } from "npm:@grafana/grafana-foundation-sdk@0.0.21/cog";
import type { DataSourceRef } from "npm:@grafana/grafana-foundation-sdk@0.0.21/common";
import { DataqueryBuilder } from "npm:@grafana/grafana-foundation-sdk@0.0.21/prometheus";

export * as barchart from "npm:@grafana/grafana-foundation-sdk@0.0.21/barchart";
export * as candlestick from "npm:@grafana/grafana-foundation-sdk@0.0.21/candlestick";
export * as common from "npm:@grafana/grafana-foundation-sdk@0.0.21/common";
export * as dashboard from "npm:@grafana/grafana-foundation-sdk@0.0.21/dashboard";
export * as stat from "npm:@grafana/grafana-foundation-sdk@0.0.21/stat";
export * as table from "npm:@grafana/grafana-foundation-sdk@0.0.21/table";
export * as timeseries from "npm:@grafana/grafana-foundation-sdk@0.0.21/timeseries";

/** The datasources as infra/grafana/provisioning names them. */
export const INFLUXDB: DataSourceRef = { type: "influxdb", uid: "tickbell-influxdb" };
export const PROMETHEUS: DataSourceRef = { type: "prometheus", uid: "tickbell-prometheus" };

/** A Flux query; the SDK has no builder for InfluxDB. */
export function flux(query: string): Builder<Dataquery> {
  const built = { refId: "A", datasource: INFLUXDB, query: query.trim() };
  return { build: () => built as unknown as Dataquery };
}

/** A PromQL query over the dashboard's time. */
export function promql(expr: string, legend: string, refId = "A"): Builder<Dataquery> {
  return new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).legendFormat(legend).range().refId(refId);
}
