/**
 * Grafana's own builders, and the two kinds of query we use.
 *
 * @module
 */
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import type { DataSourceRef } from "@grafana/grafana-foundation-sdk/common";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";

export * as barchart from "@grafana/grafana-foundation-sdk/barchart";
export * as candlestick from "@grafana/grafana-foundation-sdk/candlestick";
export * as common from "@grafana/grafana-foundation-sdk/common";
export * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
export * as stat from "@grafana/grafana-foundation-sdk/stat";
export * as table from "@grafana/grafana-foundation-sdk/table";
export * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

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
