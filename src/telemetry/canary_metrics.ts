import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of the canary. */
export interface CanaryMetrics {
  /** When a message of it last arrived; at first when it began. */
  readonly arrived: Gauge;
  readonly missed: Counter;
  readonly seconds: Histogram;
}

/** Makes the canary's metrics on a registry: only where there is one, for an alert asks for them. */
export function canaryMetrics(registry: Registry): CanaryMetrics {
  const registers = [registry];
  return {
    arrived: new Gauge({
      name: "tickbell_canary_last_arrival_timestamp_seconds",
      help: "When a message of the canary was last taken by its receiver; at first when it began.",
      registers,
    }),
    missed: new Counter({
      name: "tickbell_canary_missed_total",
      help: "Canaries whose message was not taken before the next one.",
      registers,
    }),
    seconds: new Histogram({
      name: "tickbell_canary_seconds",
      help: "From a canary's trade to its message being taken.",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
  };
}
