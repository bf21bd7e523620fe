import { CHART_INTERVALS, type ChartInterval } from "../../market/chart_interval.ts";
import type { Trade } from "../../market/trade.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownAlert, ShownRule } from "../api/types.ts";
import { fill, h, setText } from "../base/dom.ts";
import { signedRate, whole } from "../format.ts";
import type { ChartCandle } from "../state/candles.ts";
import { drawnLevels, type PriceLevel, priceLevels } from "../state/chart_levels.ts";
import { priceGrid, snapPrice } from "../state/price_help.ts";
import { ChartCandles } from "../sync/chart_candles.ts";
import type { ChartMark, PriceChart } from "./chart.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { LevelBar } from "./level_bar.ts";
import { emptyNote, failureNote } from "./states.ts";

/** After so long what a filled gap changed is stored, ms. */
const MEND_MS = 5_000;

/** The chart of a symbol with its intervals, legend, levels and marks. The chart library is fetched when it is shown. */
export class ChartArea {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #symbol: string;
  readonly #host: HTMLElement;
  readonly #note = h("div", { class: "chart-note" });
  readonly #legend = h("p", { class: "chart-legend", "aria-hidden": "true" });
  readonly #bar: LevelBar;
  #chart: PriceChart | undefined;
  #interval: ChartInterval;
  #candles: ChartCandles;
  #mends = false;
  /** Whether the legend is of a candle that the reader points at. */
  #pointed = false;
  #alerts: readonly ShownAlert[] = [];
  #trials: readonly number[] = [];
  #levels: readonly PriceLevel[] = [];

  constructor(context: ViewContext, symbol: string) {
    this.#context = context;
    this.#symbol = symbol;
    const kept = context.state.query.value.interval ?? context.memory.get("interval");
    this.#interval = CHART_INTERVALS.find((interval) => interval === kept) ?? "1m";
    this.#candles = this.#candlesOf(this.#interval);
    const label = context.say("detail.chart", { name: nameOf(context, symbol) });
    this.#host = h("div", { class: "chart", role: "img", "aria-label": label });
    this.#bar = new LevelBar(context, () => this.#drawLevels());
    this.element = h(
      "div",
      { class: "chart-area" },
      this.#tools(),
      this.#legend,
      this.#bar.element,
      this.#host,
      this.#note,
    );
  }

  async start(): Promise<void> {
    const { signal, state, locale, memory } = this.#context;
    const { PriceChart } = await import("./chart.ts");
    if (signal.aborted) return;
    this.#chart = new PriceChart(this.#host, {
      locale,
      events: {
        look: (candle) => {
          this.#pointed = candle !== undefined;
          this.#showLegend(candle ?? this.#candles.candles?.at(-1));
        },
        older: () => void this.#loadOlder(),
        dragged: (level, price, ended) => this.#dragged(level.id, price, ended),
        pressed: (price) => this.#pressed(price),
      },
    });
    this.#chart.setHollow(memory.get("hollow") === "on");
    this.#chart.setAveragesShown(memory.get("averages") !== "off");
    signal.addEventListener("abort", () => this.#chart?.remove(), { once: true });
    state.theme.watch(signal, () => this.#chart?.paint());
    // When it is opened, and again when the page has missed something.
    let away = false;
    state.missed.watch(signal, () => {
      void this.load({ away });
      away = true;
    });
    this.#drawLevels();
  }

  /** Fetches the candles, at first and again. */
  async load(options: { readonly away?: boolean } = {}): Promise<void> {
    await this.#follow(this.#candles.load(options));
  }

  /** Grows the newest candle; the chart is drawn once, however many trades there are. */
  traded(trades: readonly Trade[]): void {
    for (const candle of this.#candles.add(trades)) this.#chart?.update(candle);
    const last = this.#candles.candles?.at(-1);
    if (last !== undefined) {
      fill(this.#note);
      if (!this.#pointed) this.#showLegend(last);
    }
    if (this.#mends || !this.#candles.needsMending) return;
    this.#mends = true;
    setTimeout(() => {
      this.#mends = false;
      if (!this.#context.signal.aborted) void this.#follow(this.#candles.mend());
    }, MEND_MS);
  }

  showRules(rules: readonly ShownRule[]): void {
    this.#levels = drawnLevels(priceLevels(rules, this.#context.locale), this.#newestTrade()?.price);
    this.#drawLevels();
  }

  showAlerts(alerts: readonly ShownAlert[]): void {
    this.#alerts = alerts;
    this.#drawMarks();
  }

  /** Marks where a rule that is being made would have fired, epoch ms. */
  showTrials(times: readonly number[]): void {
    this.#trials = times;
    this.#drawMarks();
  }

  #tools(): HTMLElement {
    const { say, memory, narrow } = this.#context;
    const buttons = CHART_INTERVALS.map((interval) =>
      h("button", {
        type: "button",
        class: "chip",
        "data-interval": interval,
        "aria-pressed": String(interval === this.#interval),
        onclick: () => {
          this.#interval = interval;
          this.#candles = this.#candlesOf(interval);
          memory.set("interval", interval);
          narrow({ interval });
          for (const button of buttons) button.ariaPressed = String(button.dataset.interval === interval);
          void this.load();
        },
      }, say(`interval.${interval}`))
    );
    const option = (name: "hollow" | "averages", fallback: boolean, apply: (on: boolean) => void) => {
      const kept = memory.get(name);
      let on = kept === undefined ? fallback : kept === "on";
      const button = h("button", {
        type: "button",
        class: "chip quiet",
        "aria-pressed": String(on),
        onclick: () => {
          on = !on;
          memory.set(name, on ? "on" : "off");
          button.ariaPressed = String(on);
          apply(on);
        },
      }, say(`detail.${name}`));
      return button;
    };
    return h(
      "div",
      { class: "chart-tools" },
      h("div", { class: "chips", role: "group", "aria-label": say("detail.interval") }, ...buttons),
      h(
        "div",
        { class: "chips", role: "group", "aria-label": say("detail.look") },
        option("averages", true, (on) => this.#chart?.setAveragesShown(on)),
        option("hollow", false, (on) => this.#chart?.setHollow(on)),
      ),
    );
  }

  /** Draws what is fetched, each time there is something new of it. */
  async #follow(loading: AsyncIterable<void>): Promise<void> {
    const { say, signal } = this.#context;
    const candles = this.#candles;
    const keepPlace = candles.candles !== undefined;
    try {
      let drawn = false;
      for await (const _ of loading) {
        if (signal.aborted || candles !== this.#candles) return;
        this.#draw({ keepPlace: keepPlace || drawn });
        drawn = true;
        fill(this.#note, candles.candles?.length === 0 && emptyNote(say("detail.chart.empty")));
      }
    } catch (thrown) {
      if (signal.aborted || candles !== this.#candles) return;
      fill(this.#note, failureNote(say, failureOf(thrown), () => void this.load()));
    }
  }

  async #loadOlder(): Promise<void> {
    const candles = this.#candles;
    const more = await candles.loadOlder();
    if (more && !this.#context.signal.aborted && candles === this.#candles) this.#draw({ keepPlace: true });
  }

  #candlesOf(interval: ChartInterval): ChartCandles {
    const { client } = this.#context;
    return new ChartCandles({
      client,
      symbol: this.#symbol,
      interval,
      newestTrade: () => this.#newestTrade(),
    });
  }

  #newestTrade(): Trade | undefined {
    return this.#context.state.market.rows.get(this.#symbol)?.trade;
  }

  #draw(options: { keepPlace: boolean }): void {
    const candles = this.#candles.candles ?? [];
    this.#chart?.setCandles(candles, this.#interval, options);
    this.#showLegend(candles.at(-1));
    this.#drawMarks();
  }

  #drawLevels(): void {
    this.#chart?.setLevels(this.#levels);
  }

  #drawMarks(): void {
    const marks: ChartMark[] = [
      ...this.#alerts.map(({ eventTime }) => ({ time: eventTime, kind: "alert" as const })),
      ...this.#trials.map((time) => ({ time, kind: "trial" as const })),
    ];
    this.#chart?.setMarks(marks);
  }

  #dragged(id: string, price: number, ended: boolean): void {
    const level = this.#levels.find((one) => one.id === id);
    if (level !== undefined) this.#bar.show(level, snapPrice(price, this.#grid()), ended);
  }

  /** A press on the axis begins a rule at that price: above the market one that rises to it, below one that falls. */
  #pressed(price: number): void {
    const { openForm } = this.#context;
    openForm({ symbol: this.#symbol, price: snapPrice(price, this.#grid()) });
  }

  #grid() {
    const { state } = this.#context;
    const row = state.market.rows.get(this.#symbol);
    const trade = row?.trade;
    const base = trade === undefined ? 0 : trade.price - trade.change;
    return priceGrid(row?.listed ?? { type: "stock", name: "" }, { base, now: state.now() });
  }

  #showLegend(candle: ChartCandle | undefined): void {
    const { say } = this.#context;
    if (candle === undefined) return setText(this.#legend, "");
    const { open, high, low, close, volume } = candle;
    const change = open > 0 ? signedRate((close - open) / open * 100) : "";
    setText(
      this.#legend,
      [
        `${say("detail.open")} ${whole(open)}`,
        `${say("detail.high")} ${whole(high)}`,
        `${say("detail.low")} ${whole(low)}`,
        `${say("detail.close")} ${whole(close)} ${change}`,
        `${say("detail.volume")} ${whole(volume)}`,
      ].join("   "),
    );
  }
}
