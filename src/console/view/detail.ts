import type { Trade } from "../../market/trade.ts";
import { symbolsOf } from "../../rules/rule.ts";
import { isFailure } from "../api/failure.ts";
import { fill, h } from "../base/dom.ts";
import { poll } from "../base/poll.ts";
import { ruleWords, standing } from "../state/rule_words.ts";
import { tapeTrades } from "../sync/tape_trades.ts";
import { ChartArea } from "./chart_area.ts";
import type { ViewContext } from "./context.ts";
import { OrderBook } from "./order_book.ts";
import { emptyNote, valueOf } from "./states.ts";
import { SymbolHead } from "./symbol_head.ts";
import { Tape } from "./tape.ts";

const QUOTE_MS = 1_000;
const TABS = ["tape", "rules"] as const;

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
  readonly #head: SymbolHead;
  readonly #chart: ChartArea;
  readonly #book: OrderBook;
  readonly #tape: Tape;
  readonly #ruleList = h("ul", { class: "symbol-rules" });

  constructor(context: ViewContext, symbol: string) {
    this.#context = context;
    this.#symbol = symbol;
    this.#head = new SymbolHead(context, symbol);
    this.#chart = new ChartArea(context, symbol);
    this.#book = new OrderBook(context, (price) => context.openForm({ symbol, price }));
    this.#tape = new Tape(context);
    this.element = h(
      "div",
      { class: "detail" },
      this.#head.element,
      this.#chart.element,
      h("div", { class: "detail-lower" }, this.#book.element, this.#side()),
    );
  }

  start(): void {
    const { signal, state, market, client } = this.#context;
    if (signal.aborted) return;
    void this.#chart.start();
    state.marketReady.watch(signal, () => this.#head.show());
    state.status.watch(signal, () => this.#head.show());
    state.rules.watch(signal, () => this.#showRules());
    state.alerts.watch(signal, () => this.#showAlerts());
    state.trials.watch(signal, (trials) => {
      this.#chart.showTrials(trials?.symbol === this.#symbol ? trials.times : []);
    });
    state.missed.watch(signal, () => void this.#loadTape());
    market.listen(signal, (changed, trades) => {
      if (changed.has(this.#symbol)) this.#traded(trades.filter((trade) => trade.symbol === this.#symbol));
    });
    poll(signal, QUOTE_MS, async () => {
      // Before its first trade a symbol has no quote to be asked for.
      const trade = this.#trade();
      if (trade === undefined) return;
      try {
        const quote = await client.quote(this.#symbol);
        if (!signal.aborted) this.#book.show(quote, trade.price - trade.change, trade.price);
      } catch (thrown) {
        // The book that is shown stays; the page's head says that the connection is lost.
        if (!isFailure(thrown)) throw thrown;
      }
    });
  }

  /** Trades and rules of the symbol share a place: one of them is shown. */
  #side(): HTMLElement {
    const { say, memory } = this.#context;
    const kept = memory.get("lower") === "rules" ? "rules" : "tape";
    const panels = {
      tape: this.#tape.element,
      rules: h("div", { class: "scroll" }, this.#ruleList),
    };
    const tabs = TABS.map((tab) =>
      h(
        "button",
        { type: "button", class: "sub-tab", onclick: () => choose(tab) },
        say(tab === "tape" ? "tape.title" : "detail.rules"),
      )
    );
    const choose = (chosen: typeof TABS[number]) => {
      memory.set("lower", chosen);
      TABS.forEach((tab, at) => {
        panels[tab].hidden = tab !== chosen;
        (tabs[at] as HTMLElement).ariaPressed = String(tab === chosen);
      });
    };
    choose(kept);
    return h(
      "section",
      { class: "lower-side", "aria-label": say("detail.lower") },
      h("header", { class: "sub-head" }, h("div", { class: "sub-tabs" }, ...tabs)),
      panels.tape,
      panels.rules,
    );
  }

  #trade(): Trade | undefined {
    return this.#context.state.market.rows.get(this.#symbol)?.trade;
  }

  #traded(trades: readonly Trade[]): void {
    this.#head.show();
    this.#tape.add(trades);
    this.#chart.traded(trades);
  }

  /** The trades before the view was opened; without them the tape begins with the next. */
  async #loadTape(): Promise<void> {
    const { client, signal } = this.#context;
    const asked = { client, symbol: this.#symbol, newest: this.#trade(), signal };
    for await (const before of tapeTrades(asked)) this.#tape.begin(before);
  }

  #showRules(): void {
    const { state, say, locale, openForm } = this.#context;
    const all = valueOf(state.rules.value)?.items ?? [];
    const rules = all.filter((rule) => symbolsOf(rule).includes(this.#symbol));
    const trade = this.#trade();
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
    this.#chart.showRules(rules);
  }

  #showAlerts(): void {
    const alerts = valueOf(this.#context.state.alerts.value) ?? [];
    this.#chart.showAlerts(alerts.filter((alert) => alert.symbol === this.#symbol));
  }
}
