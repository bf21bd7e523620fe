import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of the consumer role. */
export interface ConsumerMetrics {
  /** By kind: trade, quote, alert. */
  readonly points: Counter<"kind">;
  /** By kind: points the store would not take, sent to the dead letters. */
  readonly refused: Counter<"kind">;
  /** By topic and code: records that could not be read, sent to the dead letters. */
  readonly rejected: Counter<"topic" | "code">;
  /** Records of the trades topic that are no trade: statuses and time marks. */
  readonly passedOver: Counter;
  /** By code: writes that failed and were tried again. */
  readonly failures: Counter<"code">;
  readonly writeSeconds: Histogram;
  readonly batchPoints: Histogram;
  readonly buffered: Gauge;
  readonly lag: Gauge<"topic" | "partition">;
  /** Event time of the newest point that was written. */
  readonly newest: Gauge;
}

/** Makes the consumer's metrics on a registry. */
export function consumerMetrics(registry: Registry): ConsumerMetrics {
  const registers = [registry];
  return {
    points: new Counter({
      name: "tickbell_consumer_points_total",
      help: "Points written to the price series and acknowledged.",
      labelNames: ["kind"],
      registers,
    }),
    refused: new Counter({
      name: "tickbell_consumer_points_refused_total",
      help: "Points the price series would not take, sent to the dead letters.",
      labelNames: ["kind"],
      registers,
    }),
    rejected: new Counter({
      name: "tickbell_consumer_records_rejected_total",
      help: "Records that are no trade or quote, sent to the dead letters.",
      labelNames: ["topic", "code"],
      registers,
    }),
    passedOver: new Counter({
      name: "tickbell_consumer_events_passed_over_total",
      help: "Records of the trades topic that are no trade (statuses, time marks), which are not stored.",
      registers,
    }),
    failures: new Counter({
      name: "tickbell_consumer_write_failures_total",
      help: "Writes to the price series that failed and were tried again.",
      labelNames: ["code"],
      registers,
    }),
    writeSeconds: new Histogram({
      name: "tickbell_consumer_write_seconds",
      help: "How long a write to the price series took.",
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    batchPoints: new Histogram({
      name: "tickbell_consumer_batch_points",
      help: "Points written in one go.",
      buckets: [1, 10, 50, 100, 500, 1000, 2500, 5000, 10_000],
      registers,
    }),
    buffered: new Gauge({
      name: "tickbell_consumer_buffered_points",
      help: "Points read from the log and not yet acknowledged by the price series.",
      registers,
    }),
    lag: new Gauge({
      name: "tickbell_consumer_lag_records",
      help: "Records not yet in the price series.",
      labelNames: ["topic", "partition"],
      registers,
    }),
    newest: new Gauge({
      name: "tickbell_consumer_newest_event_timestamp_seconds",
      help: "Event time of the newest point that was written.",
      registers,
    }),
  };
}
