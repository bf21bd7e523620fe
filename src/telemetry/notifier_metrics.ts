import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the notifier role tells Prometheus. */
export interface NotifierMetrics {
  readonly alerts: Counter;
  /** By reason: duplicate, unreadable. */
  readonly skipped: Counter<"reason">;
  /** By channel, transport and outcome: sent, failed, dead, suppressed, waiting, digested. */
  readonly outcomes: Counter<"channel" | "transport" | "outcome">;
  /** From reading an alert to the channel having taken its message. */
  readonly handover: Histogram<"channel">;
  /** From the trade's event time to the channel having taken the message. */
  readonly tradeToMail: Histogram<"channel">;
  /** How long the channel's calls take. */
  readonly calls: Histogram<"channel">;
  readonly lag: Gauge<"partition">;
}

/** What is counted when Prometheus asks. */
export interface NotifierCensus {
  /** Deliveries that are not at their end, by state. */
  readonly open: Readonly<Record<string, number>>;
  readonly lanes: readonly { readonly name: string; readonly inFlight: number; readonly paused: boolean }[];
  readonly partitions: number;
}

const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Makes the notifier's metrics on a registry. */
export function notifierMetrics(registry: Registry, census: () => NotifierCensus): NotifierMetrics {
  const registers = [registry];
  censusGauges(registers, census);
  return {
    alerts: new Counter({ name: "tickbell_notifier_alerts_total", help: "Alerts read.", registers }),
    skipped: new Counter({
      name: "tickbell_notifier_alerts_skipped_total",
      help: "Alerts not taken up: a duplicate, or a record that is no alert (dead-lettered).",
      labelNames: ["reason"],
      registers,
    }),
    outcomes: new Counter({
      name: "tickbell_notifier_outcomes_total",
      help: "States reached by deliveries.",
      labelNames: ["channel", "transport", "outcome"],
      registers,
    }),
    handover: new Histogram({
      name: "tickbell_notifier_handover_seconds",
      help: "From reading an alert to its message being taken by the channel.",
      labelNames: ["channel"],
      buckets: BUCKETS,
      registers,
    }),
    tradeToMail: new Histogram({
      name: "tickbell_notifier_trade_to_mail_seconds",
      help: "From a trade's event time to its message being taken by the channel.",
      labelNames: ["channel"],
      buckets: BUCKETS,
      registers,
    }),
    calls: new Histogram({
      name: "tickbell_notifier_call_seconds",
      help: "Duration of a channel's calls, failed ones too.",
      labelNames: ["channel"],
      buckets: BUCKETS,
      registers,
    }),
    lag: new Gauge({
      name: "tickbell_notifier_lag_records",
      help: "Alerts not yet read.",
      labelNames: ["partition"],
      registers,
    }),
  };
}

function censusGauges(registers: Registry[], census: () => NotifierCensus): void {
  new Gauge({
    name: "tickbell_notifier_open_deliveries",
    help: "Deliveries not at their end, in the partitions held here.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(census().open)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "tickbell_notifier_calls_in_flight",
    help: "Calls under way.",
    labelNames: ["lane"],
    registers,
    collect() {
      this.reset();
      for (const lane of census().lanes) this.set({ lane: lane.name }, lane.inFlight);
    },
  });
  new Gauge({
    name: "tickbell_notifier_lane_paused",
    help: "1 while a lane waits because its other side keeps failing.",
    labelNames: ["lane"],
    registers,
    collect() {
      this.reset();
      for (const lane of census().lanes) this.set({ lane: lane.name }, lane.paused ? 1 : 0);
    },
  });
  new Gauge({
    name: "tickbell_notifier_partitions",
    help: "Partitions assigned.",
    registers,
    collect() {
      this.set(census().partitions);
    },
  });
}
