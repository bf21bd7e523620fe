import { common, dashboard, PROMETHEUS, promql, stat, timeseries } from "./sdk.ts";
import { runbook, runbooksVariable, toDashboard } from "./links.ts";

/** One query of a panel: what is asked, and how its series are called. */
type Query = readonly [expr: string, legend: string];

const RATE = "[$__rate_interval]";
/** The feed is open, at whichever process: also of those that are not chosen. */
const FEED_OPEN = "(max(tickbell_producer_source_open) == 1)";
/** The chosen processes. */
const INSTANCE = '{instance=~"$instance"}';

/** What a panel shows and what it means; where it looks wrong, the runbook's page. */
interface About {
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  /** The page's name in docs/runbooks. */
  readonly page?: string;
}

function panel({ title, unit, about, page }: About, queries: readonly Query[]) {
  const made = new timeseries.PanelBuilder()
    .title(title)
    .description(about)
    .links(page === undefined ? [] : [runbook(page)])
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

function light(
  { title, unit, about, page }: About,
  expr: string,
  steps: { value: number | null; color: string }[],
) {
  return new stat.PanelBuilder()
    .title(title)
    .description(about)
    .links(page === undefined ? [] : [runbook(page)])
    .noValue("–")
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
    `histogram_quantile(${q}, sum by (le${
      by === "" ? "" : `, ${by}`
    }) (rate(${metric}_bucket${INSTANCE}${RATE})))`,
    `p${q * 100}${by === "" ? "" : ` {{${by}}}`}`,
  ]);
}

function throughput() {
  return panel({
    title: "Throughput",
    unit: "ops",
    about:
      "Records a second: what the producer published, what the stream evaluated, what was stored. They rise and fall together.",
  }, [
    [
      `sum by (topic) (rate(tickbell_producer_published_records_total${INSTANCE}${RATE}))`,
      "published {{topic}}",
    ],
    [`sum(rate(tickbell_stream_trades_total${INSTANCE}${RATE}))`, "trades evaluated"],
    [`sum by (kind) (rate(tickbell_consumer_points_total${INSTANCE}${RATE}))`, "stored {{kind}}"],
  ]);
}

function lag() {
  return panel({
    title: "Lag",
    unit: "short",
    about: "Records that stand in the log and are not taken up yet, by role. It comes back to near zero.",
    page: "consumer-lag",
  }, [
    [`sum(tickbell_stream_lag_records${INSTANCE})`, "stream"],
    [`sum(tickbell_notifier_lag_records${INSTANCE})`, "notifier"],
    [`sum by (topic) (tickbell_consumer_lag_records${INSTANCE})`, "consumer {{topic}}"],
  ]);
}

function errors() {
  return panel({
    title: "Errors",
    unit: "ops",
    about: "What was refused, rejected or tried again, a second. All of it is zero on a good day.",
    page: "dead-letters",
  }, [
    [
      `sum by (code) (rate(tickbell_producer_refused_records_total${INSTANCE}${RATE}))`,
      "feed refused {{code}}",
    ],
    [
      `sum by (code) (rate(tickbell_stream_records_rejected_total${INSTANCE}${RATE}))`,
      "stream rejected {{code}}",
    ],
    [
      `sum by (topic, code) (rate(tickbell_consumer_records_rejected_total${INSTANCE}${RATE}))`,
      "consumer rejected {{topic}} {{code}}",
    ],
    [
      `sum by (kind) (rate(tickbell_consumer_points_refused_total${INSTANCE}${RATE}))`,
      "point refused {{kind}}",
    ],
    [
      `sum by (code) (rate(tickbell_consumer_write_failures_total${INSTANCE}${RATE}))`,
      "series write failed {{code}}",
    ],
    [`sum(rate(tickbell_producer_append_retries_total${INSTANCE}${RATE}))`, "log append tried again"],
    [`sum(rate(tickbell_producer_gaps_total${INSTANCE}${RATE}))`, "gaps of the feed"],
  ]);
}

/** The processes by what they do: of a role that is chosen only its instances can be. */
function roleVariable() {
  return new dashboard.QueryVariableBuilder("role")
    .label("Role")
    .description("Whose instances can be chosen; start is all roles in one process.")
    .datasource(PROMETHEUS)
    .query({ query: "label_values(tickbell_build_info, role)", refId: "role" })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
}

function instanceVariable() {
  return new dashboard.QueryVariableBuilder("instance")
    .label("Instance")
    .description("Which processes the panels show; dead letters are counted over all.")
    .datasource(PROMETHEUS)
    .query({ query: 'label_values(tickbell_build_info{role=~"$role"}, instance)', refId: "instance" })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: "All", value: "$__all" });
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
    .link(toDashboard("Stock", "tickbell-stock"))
    .withVariable(roleVariable())
    .withVariable(instanceVariable())
    .withVariable(runbooksVariable())
    .withPanel(
      light(
        {
          title: "Newest trade is",
          unit: "s",
          about:
            "Age of the newest trade while the feed is open. A dash: the feed is closed, for the market is.",
          page: "feed-silent",
        },
        `(time() - max(tickbell_producer_last_event_timestamp_seconds${INSTANCE} > 0)) and on() ${FEED_OPEN}`,
        good(60),
      )
        .gridPos(at(0, 0, 4, 4)),
    )
    .withPanel(
      light(
        {
          title: "Feed open",
          unit: "bool_yes_no",
          about:
            "Whether the producer is connected to its source. Outside of market hours it is not, and need not be.",
          page: "feed-down",
        },
        `max(tickbell_producer_source_open${INSTANCE})`,
        [
          { value: null, color: "red" },
          { value: 1, color: "green" },
        ],
      ).gridPos(at(4, 0, 4, 4)),
    )
    .withPanel(
      light(
        {
          title: "Rules in force",
          unit: "short",
          about: "Rules that the stream evaluates, in all partitions.",
          page: "stream-missing",
        },
        `sum(tickbell_stream_rules${INSTANCE})`,
        [{ value: null, color: "blue" }],
      )
        .gridPos(at(8, 0, 4, 4)),
    )
    .withPanel(
      light(
        {
          title: "Deliveries open",
          unit: "short",
          about: "Messages that are on their way or wait to be tried again.",
          page: "message-waiting",
        },
        `sum(tickbell_notifier_open_deliveries${INSTANCE})`,
        good(1000),
      )
        .gridPos(at(12, 0, 4, 4)),
    )
    .withPanel(
      light(
        {
          title: "Dead letters in 15 min",
          unit: "short",
          about:
            "What could not be handled in the last quarter of an hour, at all processes; the console shows each with its bytes.",
          page: "dead-letters",
        },
        "sum(tickbell:dead_letters:total) - (sum(tickbell:dead_letters:total offset 15m) or vector(0))",
        good(1),
      )
        .gridPos(at(16, 0, 4, 4)),
    )
    .withPanel(
      light(
        {
          title: "Missed or wrong alerts",
          unit: "short",
          about:
            "Differences that the self-check found between the stream and the plain evaluator, in the sample that it compares. Anything but zero is a fault.",
          page: "promise-broken",
        },
        `sum(tickbell_self_check_differences_total${INSTANCE})`,
        good(1),
      )
        .gridPos(at(20, 0, 4, 4)),
    )
    .withPanel(throughput().gridPos(at(0, 4, 12, 8)))
    .withPanel(lag().gridPos(at(12, 4, 12, 8)))
    .withPanel(
      panel({
        title: "Trade to alert",
        unit: "s",
        about:
          "From a trade's own time to its alert in the log. KIS gives whole seconds: up to one of it is the stamp's.",
        page: "alerts-late",
      }, quantiles("tickbell_stream_trade_to_alert_seconds")).gridPos(
        at(0, 12, 12, 8),
      ),
    )
    .withPanel(
      panel({
        title: "Trade to mail",
        unit: "s",
        about:
          "From a trade's own time until a channel took the message, by channel. KIS gives whole seconds: up to one of it is the stamp's.",
        page: "mail-late",
      }, quantiles("tickbell_notifier_trade_to_mail_seconds", "channel")).gridPos(
        at(12, 12, 12, 8),
      ),
    )
    .withPanel(
      panel({
        title: "Alerts fired by kind",
        unit: "ops",
        about: "Alerts a second, by what their rules wait for.",
      }, [[
        `sum by (kind) (rate(tickbell_stream_alerts_total${INSTANCE}${RATE}))`,
        "{{kind}}",
      ]])
        .gridPos(at(0, 20, 12, 8)),
    )
    .withPanel(
      panel({
        title: "Deliveries by outcome",
        unit: "ops",
        about: "How calls of channels ended, a second.",
        page: "delivery-failing",
      }, [
        [
          `sum by (channel, outcome) (rate(tickbell_notifier_outcomes_total${INSTANCE}${RATE}))`,
          "{{channel}} {{outcome}}",
        ],
      ]).gridPos(at(12, 20, 12, 8)),
    )
    .withPanel(
      panel({
        title: "Feed freshness",
        unit: "s",
        about:
          "Age of the newest trade while the feed is open, at the producer and as stored. While the market is closed there is nothing to be fresh, and nothing is drawn.",
        page: "feed-silent",
      }, [
        [
          `(time() - (tickbell_producer_last_event_timestamp_seconds${INSTANCE} > 0)) and on() ${FEED_OPEN}`,
          "trade {{instance}}",
        ],
        [
          `(time() - (tickbell_consumer_newest_event_timestamp_seconds${INSTANCE} > 0)) and on() ${FEED_OPEN}`,
          "stored {{instance}}",
        ],
      ]).gridPos(at(0, 28, 8, 8)),
    )
    .withPanel(
      panel({
        title: "Engine batches",
        unit: "short",
        about: "Batches a second that the engine evaluates, and trades in each.",
      }, [
        [`sum(rate(tickbell_stream_batches_total${INSTANCE}${RATE}))`, "batches/s"],
        [
          `sum(rate(tickbell_stream_trades_total${INSTANCE}${RATE})) / sum(rate(tickbell_stream_batches_total${INSTANCE}${RATE}))`,
          "trades a batch",
        ],
      ]).gridPos(at(8, 28, 4, 8)),
    )
    .withPanel(
      panel({
        title: "Engine time a trade",
        unit: "ns",
        about: "Time in the engine for one trade, whatever the number of rules.",
      }, [[
        `1e9 * sum(rate(tickbell_stream_engine_seconds_total${INSTANCE}${RATE})) / sum(rate(tickbell_stream_trades_total${INSTANCE}${RATE}))`,
        "a trade",
      ]]).gridPos(at(12, 28, 4, 8)),
    )
    .withPanel(
      panel({
        title: "Writes of log and series",
        unit: "s",
        about: "How long 99 of 100 writes take: to the log, to the price store, to a channel.",
        page: "series-writes-failing",
      }, [
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_producer_append_seconds_bucket${INSTANCE}${RATE})))`,
          "log append p99",
        ],
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_consumer_write_seconds_bucket${INSTANCE}${RATE})))`,
          "series write p99",
        ],
        [
          `histogram_quantile(0.99, sum by (le) (rate(tickbell_notifier_call_seconds_bucket${INSTANCE}${RATE})))`,
          "channel call p99",
        ],
      ]).gridPos(at(16, 28, 8, 8)),
    )
    .withPanel(errors().gridPos(at(0, 36, 9, 8)))
    .withPanel(
      panel({ title: "Memory", unit: "bytes", about: "Resident memory of each process." }, [[
        `process_resident_memory_bytes${INSTANCE}`,
        "{{instance}}",
      ]]).gridPos(at(9, 36, 5, 8)),
    )
    .withPanel(
      panel({ title: "CPU", unit: "percentunit", about: "Share of one processor that each process takes." }, [
        [
          `rate(process_cpu_seconds_total${INSTANCE}${RATE})`,
          "{{instance}}",
        ],
      ]).gridPos(at(14, 36, 5, 8)),
    )
    .withPanel(
      panel({
        title: "Event loop",
        unit: "s",
        about: "How late timers run: something holds the thread.",
        page: "event-loop-blocked",
      }, [[
        `tickbell_event_loop_lag_seconds${INSTANCE}`,
        "{{instance}}",
      ]]).gridPos(at(19, 36, 5, 8)),
    )
    .build();
}
