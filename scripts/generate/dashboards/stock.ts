import { toDashboard } from "./links.ts";
import { barchart, candlestick, common, dashboard, flux, INFLUXDB, stat, table, timeseries } from "./sdk.ts";

/** As Korean charts are: red up, blue down. */
const UP = "#e5484d";
const DOWN = "#3b82f6";
const FLAT = "#8b8d98";

const WON = "currencyKRW";

/** The chosen venue. KRX's series have no such tag, which matches as an empty one. */
const VENUE = "r.VENUE =~ /${venue:raw}/";
const VENUES = { "전체 (all)": ".*", KRX: "^$", NXT: "^NXT$", "통합 (UN)": "^UN$" };

/** The trades of the chosen symbol, one field, without the expected prices of auctions. */
function trades(field: string): string {
  return `from(bucket: "\${bucket}")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "realtime_purchase" and r.STOCKCODE == "\${symbol}" and r.HOUR_CLS_CODE == "0")
  |> filter(fn: (r) => ${VENUE})
  |> filter(fn: (r) => r._field == "${field}")`;
}

function newest(field: string): string {
  return `${trades(field)}
  |> last()
  |> group()
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> keep(columns: ["_time", "_value"])`;
}

function overTime(field: string, name: string, aggregate = "last"): string {
  return `${trades(field)}
  |> group()
  |> aggregateWindow(every: v.windowPeriod, fn: ${aggregate}, createEmpty: false)
  |> keep(columns: ["_time", "_value"])
  |> rename(columns: {_value: "${name}"})`;
}

/** The levels of the newest order book: a row each, with side, level, price and size. */
const BOOK = `import "regexp"

book = from(bucket: "\${bucket}")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "realtime_hoka" and r.STOCKCODE == "\${symbol}" and ${VENUE})
  |> filter(fn: (r) => r._field =~ /^(ASKP|BIDP)(_RSQN)?[0-9]+$/)
  |> last()
  |> group(columns: ["_field"])
  |> sort(columns: ["_time"])
  |> last()
  |> group()
  |> map(fn: (r) => ({
    level: int(v: regexp.replaceAllString(r: /[^0-9]/, v: r._field, t: "")),
    column: regexp.replaceAllString(r: /[0-9]/, v: r._field, t: ""),
    _value: r._value,
  }))
  |> pivot(rowKey: ["level"], columnKey: ["column"], valueColumn: "_value")
  |> sort(columns: ["level"])`;

const BOOK_TABLE = `${BOOK}

book
  |> rename(columns: {level: "단계", ASKP_RSQN: "매도 잔량", ASKP: "매도 호가", BIDP: "매수 호가", BIDP_RSQN: "매수 잔량"})`;

const DEPTH = `${BOOK}

asks = book |> map(fn: (r) => ({price: int(v: r.ASKP), ask: r.ASKP_RSQN, bid: 0.0}))
bids = book |> map(fn: (r) => ({price: int(v: r.BIDP), ask: 0.0, bid: r.BIDP_RSQN}))

union(tables: [asks, bids])
  |> filter(fn: (r) => r.price > 0)
  |> group()
  |> sort(columns: ["price"])
  |> map(fn: (r) => ({"호가": string(v: r.price), "매도 잔량": r.ask, "매수 잔량": r.bid}))`;

/** The ten asks and bids over time. */
function levels(side: "ASKP" | "BIDP"): string {
  return `from(bucket: "\${bucket}")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "realtime_hoka" and r.STOCKCODE == "\${symbol}" and ${VENUE})
  |> filter(fn: (r) => r._field =~ /^${side}[0-9]+$/)
  |> group(columns: ["_field"])
  |> aggregateWindow(every: v.windowPeriod, fn: last, createEmpty: false)
  |> keep(columns: ["_time", "_value", "_field"])`;
}

/** Of a minute the stream's candle, of all venues together (VENUE is ALL), where it is among those that are chosen. */
function candles(interval: "1m" | "1d"): string {
  const closedFirst = interval === "1d" ? "" : `
  |> map(fn: (r) => ({r with rank: if exists r.VENUE and r.VENUE == "ALL" then 0 else 1}))
  |> group(columns: ["_time"])
  |> sort(columns: ["rank"])
  |> limit(n: 1)
  |> group()`;
  return `from(bucket: "\${bucket}-candles")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "candle_${interval}" and r.STOCKCODE == "\${symbol}" and ${VENUE})
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()${closedFirst}
  |> sort(columns: ["_time"])
  |> keep(columns: ["_time", "open", "high", "low", "close", "volume"])`;
}

const ALERTS = `from(bucket: "\${bucket}")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "alert" and r.STOCKCODE == "\${symbol}")
  |> pivot(rowKey: ["_time", "KIND"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> sort(columns: ["_time"])
  |> map(fn: (r) => ({
    _time: r._time,
    title: r.name + " " + r.KIND,
    text: string(v: int(v: r.price)) + "원 (" + string(v: r.rate) + "%) " + r.comparator + " " + r.value + " · " + r.rule,
    tags: r.KIND,
  }))`;

/** The symbols that have traded, as the store has them. */
const SYMBOLS = `import "influxdata/influxdb/schema"

schema.tagValues(bucket: "stock", tag: "STOCKCODE", predicate: (r) => r._measurement == "realtime_purchase", start: -7d)`;

function symbolVariable() {
  return new dashboard.QueryVariableBuilder("symbol")
    .label("종목")
    .description("The symbols that have traded in the last seven days; another code may be typed in.")
    .datasource(INFLUXDB)
    .query({ query: SYMBOLS, refId: "symbol" })
    .refresh(dashboard.VariableRefresh.OnDashboardLoad)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .allowCustomValue(true)
    .current({ selected: true, text: "005930", value: "005930" });
}

function venueVariable() {
  const [[text, value] = ["", ""]] = Object.entries(VENUES);
  return new dashboard.CustomVariableBuilder("venue")
    .label("시장")
    .description("Where several venues are fed: which of them is shown.")
    .values(Object.entries(VENUES).map(([name, pattern]) => `${name} : ${pattern}`).join(", "))
    .allowCustomValue(false)
    .current({ selected: true, text, value });
}

function alertAnnotations() {
  const field = (value: string) =>
    new dashboard.AnnotationEventFieldMappingBuilder().source(dashboard.AnnotationEventFieldSource.Field)
      .value(value);
  return new dashboard.AnnotationQueryBuilder()
    .name("알림")
    .datasource(INFLUXDB)
    .enable(true)
    .iconColor(UP)
    .target(flux(ALERTS))
    .mappings({ title: field("title"), text: field("text"), tags: field("tags") });
}

function number(
  { title, unit, about }: { title: string; unit: string; about: string },
  field: string,
  coloured = false,
) {
  const steps = coloured
    ? [{ value: null, color: DOWN }, { value: 0, color: FLAT }, { value: 0.000001, color: UP }]
    : [{ value: null, color: "text" }];
  return new stat.PanelBuilder()
    .title(title)
    .description(about)
    .noValue("–")
    .datasource(INFLUXDB)
    .unit(unit)
    .withTarget(flux(newest(field)))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps));
}

function line({ title, unit, about }: { title: string; unit: string; about: string }, query: string) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(INFLUXDB)
    .unit(unit)
    .withTarget(flux(query))
    .lineInterpolation(common.LineInterpolation.StepAfter)
    .showPoints(common.VisibilityMode.Never);
}

function candlePanel({ title, about }: { title: string; about: string }, interval: "1m" | "1d") {
  const fields = new candlestick.CandlestickFieldMapBuilder()
    .open("open").high("high").low("low").close("close").volume("volume");
  return new candlestick.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(INFLUXDB)
    .withTarget(flux(candles(interval)))
    .mode(candlestick.VizDisplayMode.CandlesVolume)
    .colors(new candlestick.CandlestickColorsBuilder().up(UP).down(DOWN).flat(FLAT))
    .unit(WON)
    .overrideByName("volume", [{ id: "unit", value: "locale" }])
    .fields(fields);
}

/** What is seen of one symbol: the original's picture, and the alerts. */
export function stockDashboard() {
  const at = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });
  return new dashboard.DashboardBuilder("Stock")
    .uid("tickbell-stock")
    .description("One symbol's price, order book, candles and alerts.")
    .tags(["tickbell"])
    .timezone("Asia/Seoul")
    .time({ from: "now-6h", to: "now" })
    .refresh("5s")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(toDashboard("Operations", "tickbell-operations"))
    .withVariable(symbolVariable())
    .withVariable(venueVariable())
    .withVariable(new dashboard.ConstantVariableBuilder("bucket").value("stock"))
    .annotation(alertAnnotations())
    .withPanel(
      number({
        title: "현재가 (price)",
        unit: WON,
        about: "The last trade's price in won. Expected prices of auctions are left out.",
      }, "STCK_PRPR").gridPos(at(0, 0, 6, 4)),
    )
    .withPanel(
      number(
        {
          title: "등락률 (change rate)",
          unit: "percent",
          about: "Against yesterday's close, as the exchange says it.",
        },
        "PRDY_CTRT",
        true,
      ).decimals(2).gridPos(at(6, 0, 6, 4)),
    )
    .withPanel(
      number(
        { title: "전일대비 (change)", unit: WON, about: "Won against yesterday's close." },
        "PRDY_VRSS",
        true,
      ).gridPos(at(12, 0, 6, 4)),
    )
    .withPanel(
      number(
        { title: "누적 거래량 (volume of the day)", unit: "locale", about: "Shares of the day so far." },
        "ACML_VOL",
      ).gridPos(at(18, 0, 6, 4)),
    )
    .withPanel(
      line({
        title: "현재가 (price)",
        unit: WON,
        about: "Each trade's price; steps, for nothing is known between two trades.",
      }, overTime("STCK_PRPR", "현재가")).gridPos(at(0, 4, 12, 9)),
    )
    .withPanel(
      line(
        { title: "등락률 (change rate)", unit: "percent", about: "Against yesterday's close, over time." },
        overTime("PRDY_CTRT", "등락률"),
      ).gridPos(at(12, 4, 12, 9)),
    )
    .withPanel(
      new table.PanelBuilder()
        .title("호가 (order book, ten levels)")
        .description("The newest order book.")
        .datasource(INFLUXDB)
        .withTarget(flux(BOOK_TABLE))
        .unit("locale")
        .decimals(0)
        .overrideByRegexp(".* 호가", [{ id: "unit", value: WON }])
        .overrideByRegexp("매도.*", [{ id: "color", value: { mode: "fixed", fixedColor: DOWN } }])
        .overrideByRegexp("매수.*", [{ id: "color", value: { mode: "fixed", fixedColor: UP } }])
        .gridPos(at(0, 13, 8, 11)),
    )
    .withPanel(
      new barchart.PanelBuilder()
        .title("호가 잔량 (order-book depth)")
        .description("Shares that stand at each price of the newest order book.")
        .unit("locale")
        .datasource(INFLUXDB)
        .withTarget(flux(DEPTH))
        .xField("호가")
        .orientation(common.VizOrientation.Horizontal)
        .stacking(common.StackingMode.Normal)
        .showValue(common.VisibilityMode.Never)
        .overrideByName("매도 잔량", [{ id: "color", value: { mode: "fixed", fixedColor: DOWN } }])
        .overrideByName("매수 잔량", [{ id: "color", value: { mode: "fixed", fixedColor: UP } }])
        .gridPos(at(8, 13, 8, 11)),
    )
    .withPanel(
      line({
        title: "매도 호가 1-10 (asks)",
        unit: WON,
        about: "The ten ask prices of the order book over time.",
      }, levels("ASKP")).gridPos(at(16, 13, 8, 5)),
    )
    .withPanel(
      line({
        title: "매수 호가 1-10 (bids)",
        unit: WON,
        about: "The ten bid prices of the order book over time.",
      }, levels("BIDP")).gridPos(at(16, 18, 8, 6)),
    )
    .withPanel(
      candlePanel({ title: "일봉 (daily candles)", about: "The exchange's own figures of each day." }, "1d")
        .timeFrom("180d").gridPos(at(0, 24, 12, 11)),
    )
    .withPanel(
      candlePanel({
        title: "분봉 (one-minute candles)",
        about: "The minutes that the stream closed: the same that rules, the console and backtests see.",
      }, "1m").gridPos(at(12, 24, 12, 11)),
    )
    .withPanel(
      line(
        { title: "거래량 (volume)", unit: "locale", about: "Shares traded in each step of time." },
        overTime("CNTG_VOL", "거래량", "sum"),
      )
        .drawStyle(common.GraphDrawStyle.Bars)
        .fillOpacity(80)
        .gridPos(at(0, 35, 24, 7)),
    )
    .build();
}
