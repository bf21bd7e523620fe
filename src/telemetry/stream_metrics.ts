import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of the stream role. */
export interface StreamMetrics {
  readonly trades: Counter;
  /** Records of another kind than a trade. */
  readonly passed: Counter;
  /** By reason: late, halted, expected_price. */
  readonly skipped: Counter<"reason">;
  /** By code: what the engine refused and sent to the dead letters. */
  readonly rejected: Counter<"code">;
  /** By kind. */
  readonly alerts: Counter<"kind">;
  readonly batches: Counter;
  readonly engineSeconds: Counter;
  /** From a trade's event time to its alert's acknowledgement. KIS gives whole seconds, so up to one is the feed's. */
  readonly tradeToAlert: Histogram;
  readonly lag: Gauge<"partition">;
  readonly rules: Gauge<"partition">;
  readonly lastCommit: Gauge<"partition">;
  readonly assigned: Gauge;
  /** The audit: every offset of the trades topic by what became of it. */
  readonly offsets: Counter<"outcome">;
  /** Rules on a partition where no trade of theirs comes. */
  readonly misplaced: Gauge<"partition">;
}

/**
 * Makes the stream's metrics on a registry.
 *
 * @param lateShare late trades over all of the last minute, asked at each scrape.
 */
export function streamMetrics(registry: Registry, lateShare: () => number): StreamMetrics {
  const registers = [registry];
  new Gauge({
    name: "tickbell_stream_late_share",
    help: "Late trades over all trades of the last minute, 0 to 1.",
    registers,
    collect() {
      this.set(lateShare());
    },
  });
  return {
    trades: new Counter({ name: "tickbell_stream_trades_total", help: "Trades evaluated.", registers }),
    passed: new Counter({
      name: "tickbell_stream_records_passed_total",
      help: "Records of the trades topic of another kind than a trade.",
      registers,
    }),
    skipped: new Counter({
      name: "tickbell_stream_trades_skipped_total",
      help: "Trades that cannot fire: late, halted or an auction's expected price.",
      labelNames: ["reason"],
      registers,
    }),
    rejected: new Counter({
      name: "tickbell_stream_records_rejected_total",
      help: "Records that are no trade, sent to the dead letters.",
      labelNames: ["code"],
      registers,
    }),
    alerts: new Counter({
      name: "tickbell_stream_alerts_total",
      help: "Alerts written.",
      labelNames: ["kind"],
      registers,
    }),
    batches: new Counter({ name: "tickbell_stream_batches_total", help: "Batches evaluated.", registers }),
    engineSeconds: new Counter({
      name: "tickbell_stream_engine_seconds_total",
      help: "Time spent in the engine.",
      registers,
    }),
    tradeToAlert: new Histogram({
      name: "tickbell_stream_trade_to_alert_seconds",
      help: "From a trade's event time to its alert's acknowledgement.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    }),
    lag: new Gauge({
      name: "tickbell_stream_lag_records",
      help: "Trades not yet evaluated.",
      labelNames: ["partition"],
      registers,
    }),
    rules: new Gauge({
      name: "tickbell_stream_rules",
      help: "Rules in force.",
      labelNames: ["partition"],
      registers,
    }),
    lastCommit: new Gauge({
      name: "tickbell_stream_last_commit_timestamp_seconds",
      help: "When offsets were last committed.",
      labelNames: ["partition"],
      registers,
    }),
    offsets: new Counter({
      name: "tickbell_stream_offsets_total",
      help: "Offsets of the trades topic by what became of them; unaccounted must be 0.",
      labelNames: ["outcome"],
      registers,
    }),
    misplaced: new Gauge({
      name: "tickbell_stream_misplaced_rules",
      help: "Rules that stand on a partition where no trade of theirs comes.",
      labelNames: ["partition"],
      registers,
    }),
    assigned: new Gauge({ name: "tickbell_stream_partitions", help: "Partitions assigned.", registers }),
  };
}
