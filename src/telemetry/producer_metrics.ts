import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of the producer role. */
export interface ProducerMetrics {
  readonly frames: Counter;
  /** Published, by topic: trades, quotes. */
  readonly published: Counter<"topic">;
  readonly duplicates: Counter;
  /** By symbol; "*" where all may be concerned. */
  readonly gaps: Counter<"symbol">;
  /** Shares that were traded unseen, by symbol. */
  readonly missedVolume: Counter<"symbol">;
  readonly late: Counter;
  readonly filled: Counter;
  readonly polled: Counter;
  /** By what contradicted: direction, range. */
  readonly contradictions: Counter<"what">;
  /** Fields of the newest frame, by TR. */
  readonly width: Gauge<"tr">;
  /** By TR. */
  readonly widthChanges: Counter<"tr">;
  /** By KIS's name of the field. */
  readonly leftOut: Counter<"field">;
  readonly otherCodes: Counter;
  readonly timeMarks: Counter;
  /** By code. */
  readonly refused: Counter<"code">;
  readonly retries: Counter;
  readonly appendSeconds: Histogram;
  readonly lastEvent: Gauge;
}

/** What the gauges of the source are read from at each scrape. */
export interface SourceState {
  readonly open: boolean;
  readonly subscribed: number;
  readonly silent: number;
  readonly unsubscribable: number;
  readonly polled: number;
}

/** Makes the producer's metrics on a registry; the source is examined when they are scraped. */
export function producerMetrics(registry: Registry, source: () => SourceState): ProducerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (source: SourceState) => number) =>
    new Gauge({
      name: `tickbell_producer_${name}`,
      help,
      registers,
      collect() {
        this.set(value(source()));
      },
    });
  gauge("source_open", "1 while the market feed is connected.", ({ open }) => open ? 1 : 0);
  gauge("subscribed_symbols", "Symbols subscribed at the feed.", ({ subscribed }) => subscribed);
  gauge(
    "silent_symbols",
    "Symbols that are subscribed and have never spoken though they should have by now.",
    ({ silent }) => silent,
  );
  gauge(
    "unsubscribable_symbols",
    "Symbols that are wanted and not subscribed: no registration is free, or the feed refused them.",
    ({ unsubscribable }) => unsubscribable,
  );
  gauge(
    "polled_symbols",
    "Symbols without a registration that REST is asked for: price, high and low alone.",
    ({ polled }) => polled,
  );
  return {
    ...counters(registers),
    appendSeconds: new Histogram({
      name: "tickbell_producer_append_seconds",
      help: "From handing records to the log to their acknowledgement, retries included.",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
    lastEvent: new Gauge({
      name: "tickbell_producer_last_event_timestamp_seconds",
      help: "Event time of the newest trade.",
      registers,
    }),
  };
}

function counters(registers: Registry[]) {
  const counter = (name: string, help: string) =>
    new Counter({ name: `tickbell_producer_${name}_total`, help, registers });
  return {
    frames: counter("frames", "Frames and records that came from the source."),
    published: new Counter({
      name: "tickbell_producer_published_records_total",
      help: "Trades and quotes that the log has acknowledged.",
      labelNames: ["topic"],
      registers,
    }),
    contradictions: new Counter({
      name: "tickbell_producer_contradictory_trades_total",
      help:
        "Trades that contradicted themselves: sign against change or rate, price outside the day's range.",
      labelNames: ["what"],
      registers,
    }),
    width: new Gauge({
      name: "tickbell_producer_frame_width_fields",
      help: "Fields of a record in the newest frame, by TR.",
      labelNames: ["tr"],
      registers,
    }),
    widthChanges: new Counter({
      name: "tickbell_producer_frame_width_changes_total",
      help: "Times that a TR's records became wider or narrower.",
      labelNames: ["tr"],
      registers,
    }),
    leftOut: new Counter({
      name: "tickbell_producer_fields_left_out_total",
      help: "Fields that decide nothing and had what cannot be read, by KIS's name.",
      labelNames: ["field"],
      registers,
    }),
    otherCodes: counter(
      "other_codes",
      "Records of codes that no rule can name (nine characters), passed over.",
    ),
    timeMarks: counter("time_marks", "Time marks written to partitions in which nothing is traded."),
    duplicates: counter("duplicates", "Trades not published because they had been already."),
    gaps: new Counter({
      name: "tickbell_producer_gaps_total",
      help: "Times that trades of a symbol may have been missed.",
      labelNames: ["symbol"],
      registers,
    }),
    missedVolume: new Counter({
      name: "tickbell_producer_missed_volume_shares_total",
      help: "Shares traded unseen, by the feed's cumulative volume.",
      labelNames: ["symbol"],
      registers,
    }),
    filled: counter("filled_trades", "Trades that REST had of gaps."),
    polled: counter("polled_trades", "Changes that REST found at symbols without a registration."),
    late: counter("late_trades", "Trades whose cumulative volume was behind one published before."),
    refused: new Counter({
      name: "tickbell_producer_refused_records_total",
      help: "Frames and records that could not be read, sent to the dead letters.",
      labelNames: ["code"],
      registers,
    }),
    retries: counter("append_retries", "Appends tried again because the log was away."),
  };
}
