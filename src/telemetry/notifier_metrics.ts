import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of the notifier role. */
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
  /** By lane: calls under way, whether it waits for its provider, and how many recipients' it waits for. */
  readonly lanes: readonly LaneCensus[];
  readonly partitions: number;
  /** How long the oldest message that is due has been waiting, ms. */
  readonly oldestMs: number;
}

/** A lane in numbers. A channel may have many lanes: a webhook's host is one, and stands in no label. */
export interface LaneCensus {
  readonly channel: string;
  readonly inFlight: number;
  readonly paused: boolean;
  readonly pausedRecipients: number;
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
    help: "Deliveries not at their end, in the partitions owned here.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(census().open)) this.set({ state }, count);
    },
  });
  const byLane = (name: string, help: string, value: (lane: LaneCensus) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["lane"],
      registers,
      collect() {
        this.reset();
        for (const lane of census().lanes) this.inc({ lane: lane.channel }, value(lane));
      },
    });
  byLane("tickbell_notifier_calls_in_flight", "Calls under way, by channel.", ({ inFlight }) => inFlight);
  byLane(
    "tickbell_notifier_lane_paused",
    "Lanes of a channel that wait because their provider keeps failing; of webhooks each host is a lane.",
    ({ paused }) => paused ? 1 : 0,
  );
  byLane(
    "tickbell_notifier_recipients_paused",
    "Recipients, or mail domains, that are waited for because they keep failing, by channel.",
    ({ pausedRecipients }) => pausedRecipients,
  );
  new Gauge({
    name: "tickbell_notifier_oldest_seconds",
    help: "How long the oldest message that is due has been waiting to be sent.",
    registers,
    collect() {
      this.set(census().oldestMs / 1000);
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
