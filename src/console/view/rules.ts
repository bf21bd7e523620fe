import { kindInWords } from "../../alerts/words.ts";
import { symbolsOf } from "../../rules/rule.ts";
import type { ShownRule } from "../api/types.ts";
import { arrange, fill, h, icon, setText } from "../base/dom.ts";
import { inTime, onFrame } from "../base/frame.ts";
import {
  deskRules,
  distanceOf,
  RULE_SORTS,
  RULE_STATES,
  type RuleSort,
  type RuleState,
} from "../state/rule_desk.ts";
import type { RouteQuery } from "../state/route.ts";
import { ruleWords } from "../state/rule_words.ts";
import { MOST_RULES } from "../sync/rules.ts";
import { nameOf, scopeWords, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { RuleBulk } from "./rule_bulk.ts";
import { cardKey, RuleCard } from "./rule_card.ts";
import { ruleFiles } from "./rule_files.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

/** How often the distance to each rule's value is worked out again. */
const STANDING_MS = 1_000;
/** Rules drawn at first, and more at a press. */
const DRAWN = 60;

/** The rules: what each waits for, how far it is, and what can be done with it, or with many. */
export function rulesView(context: ViewContext): HTMLElement {
  return new RulesView(context).element;
}

class RulesView {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #list: HTMLElement;
  readonly #note = h("div");
  readonly #count = h("span", { class: "count" });
  readonly #labelHost = h("span");
  readonly #bulk: RuleBulk;
  readonly #chosen = new Set<string>();
  readonly #more: HTMLButtonElement;
  readonly #drawMore = onFrame(() => this.#draw());
  #searchBox!: HTMLInputElement;
  #stateBox!: HTMLSelectElement;
  #sortBox!: HTMLSelectElement;
  #cards: RuleCard[] = [];
  /** Whether what is drawn is not what there is. */
  #stale = true;
  #drawn = DRAWN;
  #search = "";
  #state: RuleState = "all";
  #sort: RuleSort = "newest";
  #label = "";

  constructor(context: ViewContext) {
    this.#context = context;
    const { say, signal, state } = context;
    this.#list = h("ul", { class: "cards", "aria-label": say("rules.title") });
    this.#more = h("button", {
      type: "button",
      class: "button older",
      hidden: true,
      onclick: () => {
        this.#drawn += DRAWN;
        this.#draw();
      },
    }, say("rules.showmore"));
    this.#bulk = new RuleBulk(context, {
      rules: () => this.#items().filter(({ id }) => this.#chosen.has(id)),
      done: () => this.#chooseNone(),
    });
    this.element = h(
      "section",
      { class: "panel rules-panel", "aria-label": say("rules.title") },
      h("header", { class: "panel-head" }, h("h2", {}, say("rules.title")), this.#count, this.#addButton()),
      this.#tools(),
      this.#bulk.element,
      h("div", { class: "scroll" }, this.#note, this.#list, this.#more, ruleFiles(context)),
    );
    // The page shows the view's panel first.
    state.view.watch(signal, () => queueMicrotask(() => this.#stale && this.#draw()));
    state.query.watch(signal, (query) => state.view.value === "rules" && this.#take(query));
    state.rules.watch(signal, () => this.#draw());
    state.marketReady.watch(signal, () => this.#draw());
    const timer = setInterval(() => this.#cards.forEach((card) => card.stand()), STANDING_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** What the address says. */
  #take(query: RouteQuery): void {
    this.#search = query.search ?? "";
    this.#state = RULE_STATES.find((state) => state === query.state) ?? "all";
    this.#sort = RULE_SORTS.find((sort) => sort === query.sort) ?? "newest";
    this.#label = query.label ?? "";
    if (this.#searchBox.value !== this.#search) this.#searchBox.value = this.#search;
    this.#stateBox.value = this.#state;
    this.#sortBox.value = this.#sort;
    this.#draw();
  }

  /** What is shown changes: it stands in the address. */
  #narrow(): void {
    this.#context.narrow({
      search: this.#search,
      state: this.#state === "all" ? "" : this.#state,
      sort: this.#sort === "newest" ? "" : this.#sort,
      label: this.#label,
    });
    this.#draw();
  }

  #tools(): HTMLElement {
    const { say } = this.#context;
    const search = this.#searchBox = h("input", {
      type: "search",
      placeholder: say("rules.search"),
      "aria-label": say("rules.search"),
      oninput: () => {
        this.#search = search.value;
        this.#narrow();
      },
    });
    const select = <T extends string>(
      label: string,
      options: readonly (readonly [T, string])[],
      chosen: (value: T) => void,
    ) => {
      const element = h(
        "select",
        { "aria-label": label, onchange: () => chosen(element.value as T) },
        ...options.map(([value, words]) => h("option", { value }, words)),
      );
      return element;
    };
    const states = RULE_STATES.map((state) => [state, say(`rules.${state}`)] as const);
    const sorts = RULE_SORTS.map((sort) => [sort, say(`rules.sort.${sort}`)] as const);
    return h(
      "div",
      { class: "panel-tools" },
      h("label", { class: "search" }, icon(ICONS.search), search),
      h(
        "div",
        { class: "desk-tools" },
        this.#stateBox = select(say("rules.state"), states, (state) => {
          this.#state = state;
          this.#narrow();
        }),
        this.#sortBox = select(say("rules.sort"), sorts, (sort) => {
          this.#sort = sort;
          this.#narrow();
        }),
        h(
          "button",
          { type: "button", class: "chip writes", onclick: () => this.#chooseShown() },
          say("rules.choose.all"),
        ),
        this.#labelHost,
      ),
    );
  }

  #addButton(): HTMLElement {
    const { say, state, openForm } = this.#context;
    const add = () =>
      openForm({ ...(state.selected.value === undefined ? {} : { symbol: state.selected.value }) });
    return h(
      "button",
      { type: "button", class: "button primary writes", onclick: add },
      icon(ICONS.plus),
      say("rules.add"),
    );
  }

  #items(): readonly ShownRule[] {
    return valueOf(this.#context.state.rules.value)?.items ?? [];
  }

  /** A list out of sight is drawn when it is seen. */
  #draw(): void {
    this.#stale = !this.element.checkVisibility();
    if (!this.#stale && !this.#context.signal.aborted) this.#drawNow();
  }

  #drawNow(): void {
    const { say, state, rules, locale } = this.#context;
    const loaded = state.rules.value;
    const listing = valueOf(loaded);
    const failed = loaded.state === "failed" && failureNote(say, loaded.message, () => void rules.load());
    if (listing === undefined) return fill(this.#note, failed || loadingNote(say));
    const found = deskRules(listing.items, {
      search: this.#search,
      state: this.#state,
      sort: this.#sort,
      label: this.#label,
      now: state.now(),
      textOf: (rule) =>
        [
          ...symbolsOf(rule).flatMap((symbol) => [symbol, nameOf(this.#context, symbol)]),
          rule.note,
          rule.id,
          kindInWords(rule, locale),
          ruleWords(rule, locale),
          ...rule.recipients,
        ].join(" "),
      nameOf: (rule) => scopeWords(this.#context, rule),
      distanceOf: (rule) =>
        distanceOf(rule, rule.symbol === null ? undefined : state.market.rows.get(rule.symbol)?.trade?.price),
    });
    this.#drawCards(found.slice(0, this.#drawn));
    const { length } = listing.items;
    setText(this.#count, found.length === length ? String(length) : `${found.length} / ${length}`);
    this.#more.hidden = found.length <= this.#drawn;
    fill(
      this.#note,
      failed,
      length === 0 && emptyNote(say("rules.empty"), say("rules.empty.help"), this.#addButton()),
      length > 0 && found.length === 0 && emptyNote(say("prices.none")),
      listing.more && h("p", { class: "muted" }, say("rules.more", { count: MOST_RULES })),
    );
    fill(
      this.#labelHost,
      this.#label !== "" &&
        h("button", {
          type: "button",
          class: "chip",
          "aria-pressed": "true",
          onclick: () => this.#byLabel(""),
        }, `${this.#label} ×`),
    );
  }

  #drawCards(rules: readonly ShownRule[]): void {
    const before = new Map(this.#cards.map((card) => [card.key, card]));
    // As many new ones as there is time for in a frame, the others in the next.
    const hasTime = inTime();
    this.#cards = rules.flatMap((rule) => before.get(cardKey(rule)) ?? (hasTime() ? this.#card(rule) : []));
    if (this.#cards.length < rules.length) this.#drawMore();
    arrange(this.#list, this.#cards.map((card) => card.element));
    for (const card of this.#cards) {
      card.stand();
      card.chosen = this.#chosen.has(card.rule.id);
    }
  }

  #card(rule: ShownRule): RuleCard {
    return new RuleCard(this.#context, rule, {
      chosen: (id, chosen) => {
        if (chosen) this.#chosen.add(id);
        else this.#chosen.delete(id);
        this.#bulk.show(this.#chosen.size);
      },
      label: (label) => this.#byLabel(label),
    });
  }

  #byLabel(label: string): void {
    this.#label = label;
    this.#narrow();
  }

  /** All that are shown, or none where all are chosen already. */
  #chooseShown(): void {
    const all = this.#cards.every(({ rule }) => this.#chosen.has(rule.id));
    if (all) return this.#chooseNone();
    for (const { rule } of this.#cards) this.#chosen.add(rule.id);
    for (const card of this.#cards) card.chosen = true;
    this.#bulk.show(this.#chosen.size);
  }

  #chooseNone(): void {
    this.#chosen.clear();
    for (const card of this.#cards) card.chosen = false;
    this.#bulk.show(0);
  }
}
