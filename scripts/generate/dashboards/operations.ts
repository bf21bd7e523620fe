import { common, dashboard, PROMETHEUS, promql, stat, timeseries } from "./sdk.ts";

/** One query of a panel: what is asked, and how its series are called. */
type Query = readonly [expr: string, legend: string];

const RATE = "[$__rate_interval]";

function panel(title: string, unit: string, queries: readonly Query[]) {
  const made = new timeseries.PanelBuilder()
    .title(title)
    .datasource(PROMETHEUS)
    .unit(unit)
    .min(0)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    );
  queries.forEach(([expr, legend], index) =>
    made.withTarget(promql(expr, legend, String.fromCharCode(65 + index)))
  );
  return made;
}

function light(title: string, expr: string, unit: string, steps: { value: number | null; color: string }[]) {
  return new stat.PanelBuilder()
    .title(title)
    .datasource(PROMETHEUS)
    .unit(unit)
    .withTarget(promql(expr, ""))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Background)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps));
}

const good = (limit: number) => [{ value: null, color: "green" }, { value: limit, color: "red" }];

function quantiles(metric: string, by = ""): Query[] {
  return [0.5, 0.95, 0.99].map((q) => [
    `histogram_quantile(${q}, sum by (le${by === "" ? "" : `, ${by}`}) (rate(${metric}_bucket${RATE})))`,
    `p${q * 100}${by === "" ? "" : ` {{${by}}}`}`,
  ]);
}

function throughput() {
  return panel("Throughput", "ops", [
    [`sum by (topic) (rate(tickbell_producer_published_records_total${RATE}))`, "published {{topic}}"],
    [`sum(rate(tickbell_stream_trades_total${RATE}))`, "trades evaluated"],
    [`sum by (kind) (rate(tickbell_consumer_points_total${RATE}))`, "stored {{kind}}"],
  ]);
}

function lag() {
  return panel("Lag", "short", [
    ["sum(tickbell_stream_lag_records)", "stream"],
    ["sum(tickbell_notifier_lag_records)", "notifier"],
    ["sum by (topic) (tickbell_consumer_lag_records)", "consumer {{topic}}"],
  ]);
}

function errors() {
  return panel("Errors", "ops", [
    [`sum by (code) (rate(tickbell_producer_refused_records_total${RATE}))`, "feed refused {{code}}"],
    [`sum by (code) (rate(tickbell_stream_records_rejected_total${RATE}))`, "stream rejected {{code}}"],
    [
      `sum by (topic, code) (rate(tickbell_consumer_records_rejected_total${RATE}))`,
      "consumer rejected {{topic}} {{code}}",
    ],
    [`sum by (kind) (rate(tickbell_consumer_points_refused_total${RATE}))`, "point refused {{kind}}"],
    [`sum by (code) (rate(tickbell_consumer_write_failures_total${RATE}))`, "series write failed {{code}}"],
    [`sum(rate(tickbell_producer_append_retries_total${RATE}))`, "log append tried again"],
    [`sum(rate(tickbell_producer_gaps_total${RATE}))`, "gaps of the feed"],
  ]);
}

/** What an operator examines: is it fed, is it in time, is it well. */
export function operationsDashboard() {
  const at = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });
  return new dashboard.DashboardBuilder("Tickbell operations")
    .uid("tickbell-operations")
    .description("Throughput, lag, latency, deliveries and errors of every role.")
    .tags(["tickbell"])
    .timezone("Asia/Seoul")
    .time({ from: "now-1h", to: "now" })
    .refresh("10s")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withPanel(
      light(
        "Newest trade is",
        "time() - max(tickbell_producer_last_event_timestamp_seconds > 0)",
        "s",
        good(60),
      )
        .gridPos(at(0, 0, 4, 4)),
    )
    .withPanel(
      light("Feed open", "max(tickbell_producer_source_open)", "short", [
        { value: null, color: "red" },
        { value: 1, color: "green" },
      ]).gridPos(at(4, 0, 4, 4)),
    )
    .withPanel(
      light("Rules in force", "sum(tickbell_stream_rules)", "short", [{ value: null, color: "blue" }])
        .gridPos(at(8, 0, 4, 4)),
    )
    .withPanel(
      light("Deliveries open", "sum(tickbell_notifier_open_deliveries)", "short", good(1000))
        .gridPos(at(12, 0, 4, 4)),
    )
    .withPanel(
      light(
        "Dead letters in 15 min",
        "sum(tickbell:dead_letters:total) - (sum(tickbell:dead_letters:total offset 15m) or vector(0))",
        "short",
        good(1),
      )
        .gridPos(at(16, 0, 4, 4)),
    )
    .withPanel(
      light("Differences to the oracle", "sum(tickbell_self_check_differences_total)", "short", good(1))
        .gridPos(at(20, 0, 4, 4)),
    )
    .withPanel(throughput().gridPos(at(0, 4, 12, 8)))
    .withPanel(lag().gridPos(at(12, 4, 12, 8)))
    .withPanel(
      panel("Trade to alert", "s", quantiles("tickbell_stream_trade_to_alert_seconds")).gridPos(
        at(0, 12, 12, 8),
      ),
    )
    .withPanel(
      panel("Trade to mail", "s", quantiles("tickbell_notifier_trade_to_mail_seconds", "channel")).gridPos(
        at(12, 12, 12, 8),
      ),
    )
    .withPanel(
      panel("Alerts fired by kind", "ops", [[
        `sum by (kind) (rate(tickbell_stream_alerts_total${RATE}))`,
        "{{kind}}",
      ]])
        .gridPos(at(0, 20, 12, 8)),
    )
    .withPanel(
      panel("Deliveries by outcome", "ops", [
        [
          `sum by (channel, outcome) (rate(tickbell_notifier_outcomes_total${RATE}))`,
          "{{channel}} {{outcome}}",
        ],
      ]).gridPos(at(12, 20, 12, 8)),
    )
    .withPanel(
      panel("Feed freshness", "s", [
        ["time() - (tickbell_producer_last_event_timestamp_seconds > 0)", "trade {{instance}}"],
        ["time() - (tickbell_consumer_newest_event_timestamp_seconds > 0)", "stored {{instance}}"],
      ]).gridPos(at(0, 28, 8, 8)),
    )
    .withPanel(
      panel("Engine batches", "short", [
        [`sum(rate(tickbell_stream_batches_total${RATE}))`, "batches/s"],
        [
          `sum(rate(tickbell_stream_trades_total${RATE})) / sum(rate(tickbell_stream_batches_total${RATE}))`,
          "trades a batch",
        ],
        [
          `1e9 * sum(rate(tickbell_stream_engine_seconds_total${RATE})) / sum(rate(tickbell_stream_trades_total${RATE}))`,
          "ns a trade",
        ],
      ]).gridPos(at(8, 28, 8, 8)),
    )
    .withPanel(
      panel("Writes of log and series", "s", [
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_producer_append_seconds_bucket${RATE})))`,
          "log append p99",
        ],
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_consumer_write_seconds_bucket${RATE})))`,
          "series write p99",
        ],
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_notifier_call_seconds_bucket${RATE})))`,
          "channel call p99",
        ],
      ]).gridPos(at(16, 28, 8, 8)),
    )
    .withPanel(errors().gridPos(at(0, 36, 12, 8)))
    .withPanel(
      panel("Memory", "bytes", [["process_resident_memory_bytes", "{{instance}}"]]).gridPos(at(12, 36, 6, 8)),
    )
    .withPanel(
      panel("CPU and event loop", "s", [
        [`rate(process_cpu_seconds_total${RATE})`, "cpu {{instance}}"],
        ["tickbell_event_loop_lag_seconds", "event loop lag {{instance}}"],
      ]).gridPos(at(18, 36, 6, 8)),
    )
    .build();
}
