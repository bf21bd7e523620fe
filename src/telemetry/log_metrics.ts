import { Counter, Gauge, type Registry } from "prom-client";

/** The metrics of a process's readings of the event log. */
export interface LogMetrics {
  /** Records that were passed over without having been had, by topic and reason. */
  readonly missed: Counter<"topic" | "reason">;
  /** Times that happened. */
  readonly gaps: Counter<"topic" | "reason">;
}

/**
 * Makes the log's metrics on a registry.
 *
 * @param state How many gaps nobody has acknowledged, and how long the oldest append has waited, ms.
 */
export function logMetrics(
  registry: Registry,
  state: () => { readonly open: number; readonly appendMs: number },
): LogMetrics {
  const registers = [registry];
  new Gauge({
    name: "tickbell_log_gaps_open",
    help: "Gaps in what was read of the event log that nobody has acknowledged.",
    registers,
    collect() {
      this.set(state().open);
    },
  });
  new Gauge({
    name: "tickbell_log_append_wait_seconds",
    help: "How long the oldest append has waited to be acknowledged by the event log.",
    registers,
    collect() {
      this.set(state().appendMs / 1000);
    },
  });
  return {
    missed: new Counter({
      name: "tickbell_log_missed_records_total",
      help:
        "Records passed over without having been had: deleted before they were read, unreadable, rewound.",
      labelNames: ["topic", "reason"],
      registers,
    }),
    gaps: new Counter({
      name: "tickbell_log_gaps_total",
      help: "Times that records were passed over without having been had.",
      labelNames: ["topic", "reason"],
      registers,
    }),
  };
}
