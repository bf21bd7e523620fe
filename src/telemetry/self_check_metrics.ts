import { Counter, Gauge, type Registry } from "prom-client";

/** The metrics of the self-check. */
export interface SelfCheckMetrics {
  /** By outcome: checked; idle (nothing new was evaluated); failed (the log could not be read). */
  readonly rounds: Counter<"outcome">;
  readonly trades: Counter;
  readonly rules: Counter;
  /** By kind: missed (the oracle fires, no alert was written), unexpected (an alert the oracle does not give). */
  readonly differences: Counter<"kind">;
  readonly lastRound: Gauge;
}

/** Makes the self-check's metrics on a registry. */
export function selfCheckMetrics(registry: Registry): SelfCheckMetrics {
  const registers = [registry];
  const metrics = {
    rounds: new Counter({
      name: "tickbell_self_check_rounds_total",
      help: "Samples examined.",
      labelNames: ["outcome"],
      registers,
    }),
    trades: new Counter({
      name: "tickbell_self_check_trades_total",
      help: "Trades evaluated again with the oracle.",
      registers,
    }),
    rules: new Counter({
      name: "tickbell_self_check_rules_total",
      help: "Rules they were evaluated against, summed over the rounds.",
      registers,
    }),
    differences: new Counter({
      name: "tickbell_self_check_differences_total",
      help: "Alerts that are missing, or that should not be there. 0 is the only good value.",
      labelNames: ["kind"],
      registers,
    }),
    lastRound: new Gauge({
      name: "tickbell_self_check_last_round_timestamp_seconds",
      help: "When a sample was last checked.",
      registers,
    }),
  };
  for (const kind of ["missed", "unexpected"]) metrics.differences.inc({ kind }, 0);
  return metrics;
}
