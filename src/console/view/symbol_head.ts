import type { Trade } from "../../market/trade.ts";
import { h, icon, setText } from "../base/dom.ts";
import { clockTime, compact, shortTime, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { listMenu } from "./list_menu.ts";
import { valueOf } from "./states.ts";

const FACTS = ["open", "high", "low", "value", "base", "strength", "time", "heard"] as const;
type Fact = typeof FACTS[number];

/** Name, price and figures of the chosen symbol. */
export class SymbolHead {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #symbol: string;
  readonly #name = h("h2");
  readonly #about = h("p", { class: "about" });
  readonly #price = h("span", { class: "big-price" });
  readonly #change = h("span", { class: "big-change" });
  readonly #figures = h("div", { class: "figures" }, this.#price, this.#change);
  readonly #facts = new Map(FACTS.map((fact) => [fact, h("dd")]));

  constructor(context: ViewContext, symbol: string) {
    this.#context = context;
    this.#symbol = symbol;
    const { say, show, openForm } = context;
    const facts = FACTS.map((fact) =>
      h("div", {}, h("dt", {}, say(`detail.${fact}`)), this.#facts.get(fact))
    );
    this.element = h(
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
        this.#star(),
        listMenu(context, symbol),
        this.#figures,
        h(
          "button",
          {
            type: "button",
            class: "button primary writes",
            "aria-label": say("rules.add"),
            onclick: () => openForm({ symbol }),
          },
          icon(ICONS.plus),
          h("span", {}, say("rules.add")),
        ),
      ),
      h("dl", { class: "facts" }, ...facts),
    );
  }

  /** Puts the symbol on the reader's own list, or takes it off. */
  #star(): HTMLElement {
    const { say, state, memory, signal } = this.#context;
    const star = h("button", {
      type: "button",
      class: "icon-button star",
      "aria-label": say("detail.watch"),
      title: say("detail.watch"),
      onclick: () => {
        const watched = new Set(state.watched.value);
        if (!watched.delete(this.#symbol)) watched.add(this.#symbol);
        memory.set("watched", [...watched].join(","));
        state.watched.set(watched);
      },
    }, icon(ICONS.star));
    state.watched.watch(signal, (watched) => star.ariaPressed = String(watched.has(this.#symbol)));
    return star;
  }

  /** Shows what the market's state has of the symbol now. */
  show(): void {
    const row = this.#context.state.market.rows.get(this.#symbol);
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
    const base = trade === undefined ? 0 : trade.price - trade.change;
    // Before the opening trade the feed gives 0 for what is not known yet.
    const price = (won: number | undefined) => won ? whole(won) : "–";
    const value = trade?.accValue
      ? `${compact(trade.accValue, locale)}${locale === "ko" ? say("unit.won") : ""}`
      : "–";
    const facts: Record<Fact, string> = {
      open: price(trade?.open),
      high: price(trade?.high),
      low: price(trade?.low),
      value,
      base: price(base),
      strength: trade?.strength ? trade.strength.toFixed(2) : "–",
      time: trade ? clockTime(trade.eventTime) : "–",
      heard: this.#heard(),
    };
    for (const [fact, element] of this.#facts) {
      setText(element, facts[fact]);
      (element.parentElement as HTMLElement).hidden = facts[fact] === "";
    }
    for (const fact of ["open", "high", "low"] as const) {
      const element = this.#facts.get(fact);
      if (element !== undefined && trade !== undefined) element.dataset.way = wayOf(trade[fact] - base);
    }
  }

  /** How the symbol is subscribed at a live feed; "" where the feed has no subscriptions. */
  #heard(): string {
    const { say, state } = this.#context;
    const source = valueOf(state.status.value)?.source;
    const subscribed = source?.symbols.find(({ symbol }) => symbol === this.#symbol);
    const refused = source?.refused.find(({ symbol }) => symbol === this.#symbol);
    if (refused !== undefined) return say("heard.refused", { reason: refused.text });
    if (subscribed === undefined) return "";
    const { venue, lastAt, since } = subscribed;
    const words = lastAt === null
      ? say("heard.never", { time: shortTime(since, state.now()) })
      : shortTime(lastAt, state.now());
    return `${venue} · ${words}`;
  }
}
