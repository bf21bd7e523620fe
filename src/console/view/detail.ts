import type { CandleInterval } from "../../ports/series_store.ts";
import type { Trade } from "../../market/trade.ts";
import { failureOf, isFailure } from "../api/failure.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { poll } from "../base/poll.ts";
import { clockTime, compact, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { type ChartCandle, withTrade } from "../state/candles.ts";
import { ruleWords, standing } from "../state/rule_words.ts";
import { PriceChart } from "./chart.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { OrderBook } from "./order_book.ts";
import { emptyNote, failureNote, valueOf } from "./states.ts";
import { Tape } from "./tape.ts";

const QUOTE_MS = 1_000;
const TAPE_TRADES = 30;
const INTERVALS = [["1m", "detail.minutes"], ["1d", "detail.days"]] as const;
const FACTS = ["open", "high", "low", "value", "base", "strength", "time"] as const;

/** The chosen symbol: its price, chart, order book, trades and rules. */
export function detailView(context: ViewContext): HTMLElement {
  const { state, say, signal } = context;
  const host = h("section", { class: "panel detail-panel", "aria-label": say("nav.detail") });
  let shown = new AbortController();
  state.selected.watch(signal, (symbol) => {
    shown.abort();
    shown = new AbortController();
    if (symbol === undefined) return fill(host, emptyNote(say("detail.choose")));
    const view = new SymbolView({ ...context, signal: AbortSignal.any([signal, shown.signal]) }, symbol);
    fill(host, view.element);
    // The chart takes its measures and colours from the page, which this view is put into next.
    queueMicrotask(() => view.start());
  });
  signal.addEventListener("abort", () => shown.abort(), { once: true });
  return host;
}

class SymbolView {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #symbol: string;
  readonly #name = h("h2");
  readonly #about = h("p", { class: "about" });
  readonly #price = h("span", { class: "big-price" });
  readonly #change = h("span", { class: "big-change" });
  readonly #figures: HTMLElement;
  readonly #facts = new Map(FACTS.map((fact) => [fact, h("dd")]));
  readonly #chartHost = h("div", { class: "chart", role: "img" });
  readonly #chartNote = h("div", { class: "chart-note" });
  readonly #ruleList = h("ul", { class: "symbol-rules" });
  readonly #book: OrderBook;
  readonly #tape: Tape;
  #chart: PriceChart | undefined;
  #interval: CandleInterval = "1m";
  #last: ChartCandle | undefined;
  #loaded = false;

  constructor(context: ViewContext, symbol: string) {
    this.#context = context;
    this.#symbol = symbol;
    this.#book = new OrderBook(context);
    this.#tape = new Tape(context);
    this.#figures = h("div", { class: "figures" }, this.#price, this.#change);
    this.#chartHost.ariaLabel = context.say("detail.chart", { name: nameOf(context, symbol) });
    this.element = h(
      "div",
      { class: "detail" },
      this.#head(),
      h("div", { class: "chart-area" }, this.#intervals(), this.#chartHost, this.#chartNote),
      h("div", { class: "detail-lower" }, this.#book.element, this.#tape.element, this.#rulesPanel()),
    );
  }

  start(): void {
    const { signal, state, market, client } = this.#context;
    if (signal.aborted) return;
    this.#chart = new PriceChart(this.#chartHost);
    signal.addEventListener("abort", () => this.#chart?.remove(), { once: true });
    state.marketReady.watch(signal, () => this.#showPrice());
    state.theme.watch(signal, () => this.#chart?.paint());
    state.rules.watch(signal, () => this.#showRules());
    state.alerts.watch(signal, () => this.#showAlerts());
    market.listen(signal, (changed, trades) => {
      if (changed.has(this.#symbol)) this.#traded(trades.filter((trade) => trade.symbol === this.#symbol));
    });
    poll(signal, QUOTE_MS, async () => {
      // Before its first trade a symbol has no quote to be asked for.
      if (this.#row()?.trade === undefined) return;
      try {
        const quote = await client.quote(this.#symbol);
        if (!signal.aborted) this.#book.show(quote, this.#base(), this.#row()?.trade?.price);
      } catch (thrown) {
        // The book that is shown stays; the page's head says that the connection is lost.
        if (!isFailure(thrown)) throw thrown;
      }
    });
    void this.#loadCandles();
    void this.#loadTape();
  }

  #head(): HTMLElement {
    const { say, show, openForm } = this.#context;
    const facts = FACTS.map((fact) =>
      h("div", {}, h("dt", {}, say(`detail.${fact}`)), this.#facts.get(fact))
    );
    return h(
      "header",
      { class: "detail-head" },
      h(
        "div",
        { class: "detail-title" },
        h("button", {
          type: "button",
          class: "icon-button only-narrow",
          "aria-label": say("nav.prices"),
          onclick: () => show("prices"),
        }, icon(ICONS.back)),
        h("div", {}, this.#name, this.#about),
        this.#figures,
        h(
          "button",
          { type: "button", class: "button primary", onclick: () => openForm({ symbol: this.#symbol }) },
          icon(ICONS.plus),
          h("span", {}, say("rules.add")),
        ),
      ),
      h("dl", { class: "facts" }, ...facts),
    );
  }

  #intervals(): HTMLElement {
    const { say } = this.#context;
    const buttons = INTERVALS.map(([interval, key]) =>
      h("button", {
        type: "button",
        class: "chip",
        "data-interval": interval,
        "aria-pressed": String(interval === this.#interval),
        onclick: () => {
          this.#interval = interval;
          for (const button of buttons) button.ariaPressed = String(button.dataset.interval === interval);
          void this.#loadCandles();
        },
      }, say(key))
    );
    return h("div", { class: "chips", role: "group", "aria-label": say("detail.interval") }, ...buttons);
  }

  #rulesPanel(): HTMLElement {
    const { say } = this.#context;
    return h(
      "section",
      { class: "symbol-rules-panel", "aria-label": say("detail.rules") },
      h("header", { class: "sub-head" }, h("h3", {}, say("detail.rules"))),
      this.#ruleList,
    );
  }

  #row() {
    return this.#context.state.market.rows.get(this.#symbol);
  }

  #base(): number {
    const row = this.#row();
    if (row === undefined) return 0;
    return row.trade === undefined ? row.listed.basePrice : row.trade.price - row.trade.change;
  }

  #traded(trades: readonly Trade[]): void {
    this.#showPrice();
    this.#tape.add(trades);
    if (!this.#loaded) return;
    for (const trade of trades) {
      const candle = withTrade(this.#last, trade, this.#interval);
      if (candle === undefined) continue;
      this.#last = candle;
      this.#chart?.update(candle);
    }
    if (this.#last !== undefined) fill(this.#chartNote);
  }

  #showPrice(): void {
    const row = this.#row();
    setText(this.#name, nameOf(this.#context, this.#symbol));
    const market = [row?.listed.market, row?.listed.type.toUpperCase()].filter((word) =>
      word && word !== "STOCK"
    );
    setText(this.#about, [this.#symbol, ...market].join(" · "));
    const trade = row?.trade;
    this.#figures.dataset.way = trade === undefined ? "none" : wayOf(trade.change);
    setText(this.#price, trade === undefined ? "–" : whole(trade.price));
    setText(
      this.#change,
      trade === undefined ? "" : `${signedChange(trade.change, trade.sign)} (${signedRate(trade.rate)})`,
    );
    this.#showFacts(trade);
  }

  #showFacts(trade: Trade | undefined): void {
    const { locale, say } = this.#context;
    const base = this.#base();
    // Before the opening trade the feed gives 0 for what is not known yet.
    const price = (won: number | undefined) => won ? whole(won) : "–";
    const facts: Record<typeof FACTS[number], string> = {
      open: price(trade?.open),
      high: price(trade?.high),
      low: price(trade?.low),
      value: trade?.accValue
        ? `${compact(trade.accValue, locale)}${locale === "ko" ? say("unit.won") : ""}`
        : "–",
      base: price(base),
      strength: trade?.strength ? trade.strength.toFixed(2) : "–",
      time: trade ? clockTime(trade.eventTime) : "–",
    };
    for (const [fact, element] of this.#facts) {
      setText(element, facts[fact]);
      const price =
        { open: trade?.open, high: trade?.high, low: trade?.low }[fact as "open" | "high" | "low"];
      if (price !== undefined) element.dataset.way = wayOf(price - base);
    }
  }

  async #loadCandles(): Promise<void> {
    const { client, say, signal } = this.#context;
    const interval = this.#interval;
    this.#loaded = false;
    try {
      const candles = await client.candles(this.#symbol, interval);
      if (signal.aborted || interval !== this.#interval) return;
      this.#chart?.setCandles(candles, interval);
      this.#last = candles.at(-1);
      this.#loaded = true;
      this.#showAlerts();
      fill(this.#chartNote, candles.length === 0 && emptyNote(say("detail.chart.empty")));
    } catch (thrown) {
      if (signal.aborted) return;
      fill(this.#chartNote, failureNote(say, failureOf(thrown), () => void this.#loadCandles()));
    }
  }

  /** The trades before the view was opened; without them the tape begins with the next. */
  async #loadTape(): Promise<void> {
    const before = await this.#context.client.trades(this.#symbol, TAPE_TRADES).catch(() => []);
    if (!this.#context.signal.aborted) this.#tape.begin(before);
  }

  #showRules(): void {
    const { state, say, locale, openForm } = this.#context;
    const rules = (valueOf(state.rules.value)?.items ?? []).filter((rule) => rule.symbol === this.#symbol);
    const trade = this.#row()?.trade;
    fill(
      this.#ruleList,
      ...rules.map((rule) => {
        const now = trade === undefined ? undefined : standing(rule, trade, this.#context);
        const note = !rule.enabled
          ? say("rules.paused")
          : now?.met
          ? say("rules.met")
          : now?.distance
          ? say("rules.distance", { now: now.now, distance: now.distance })
          : "";
        return h(
          "li",
          { class: rule.enabled ? "" : "off" },
          h(
            "button",
            { type: "button", class: "link", onclick: () => openForm({ rule }) },
            ruleWords(rule, locale),
          ),
          h("span", { class: "under" }, note),
        );
      }),
      rules.length === 0 && h("li", { class: "muted" }, say("detail.norules")),
    );
    this.#chart?.setLevels(
      rules.filter((rule) => rule.kind === "target_price" && rule.enabled).map((rule) => ({
        price: Number(rule.value),
        title: say(`comparator.${rule.comparator ?? "gte"}`),
      })),
    );
  }

  #showAlerts(): void {
    const alerts = valueOf(this.#context.state.alerts.value) ?? [];
    if (!this.#loaded) return;
    this.#chart?.setAlerts(alerts.filter((alert) => alert.symbol === this.#symbol), this.#interval);
  }
}
