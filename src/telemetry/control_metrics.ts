import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the control role knows when it is asked for its metrics. */
export interface ControlCensus {
  readonly rules: number;
  readonly alerts: number;
}

/** The metrics of the control role. */
export interface ControlMetrics {
  /** By method, route (its pattern, never the path) and status. */
  readonly requests: Counter<"method" | "route" | "status">;
  /** By route; event streams count until their headers are sent. */
  readonly requestSeconds: Histogram<"route">;
}

/** Makes the control role's metrics on a registry. */
export function controlMetrics(
  registry: Registry,
  census: () => ControlCensus = () => ({ rules: 0, alerts: 0 }),
): ControlMetrics {
  const registers = [registry];
  new Gauge({
    name: "tickbell_control_rules",
    help: "Rules of all tenants.",
    registers,
    collect() {
      this.set(census().rules);
    },
  });
  new Gauge({
    name: "tickbell_control_alerts_kept",
    help: "Alerts in memory, to be listed.",
    registers,
    collect() {
      this.set(census().alerts);
    },
  });
  return {
    requests: new Counter({
      name: "tickbell_control_requests_total",
      help: "API requests answered.",
      labelNames: ["method", "route", "status"],
      registers,
    }),
    requestSeconds: new Histogram({
      name: "tickbell_control_request_seconds",
      help: "From an API request to its answer; of a rule's change, until it is in force.",
      labelNames: ["route"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
  };
}

/** Says on a registry that a Lambda mails, so that nobody is paged for a notifier that is not to be there. */
export function lambdaMetrics(registry: Registry): void {
  new Gauge({
    name: "tickbell_control_lambda_mails",
    help: "1 where a Lambda mails in place of the notifier.",
    registers: [registry],
  }).set(1);
}
