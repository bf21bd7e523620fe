import { symbolsOf } from "../../rules/rule.ts";
import { arrange, fill, h, icon, setText } from "../base/dom.ts";
import { onFrame } from "../base/frame.ts";
import { type PriceRow, type RowFilter, type Sorting, type SortKey, visibleRows } from "../state/market.ts";
import type { RouteQuery } from "../state/route.ts";
import { listOf, listQuery, type WatchList } from "../state/watch_lists.ts";
import type { ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { showListBar } from "./list_bar.ts";
import { PricesRow } from "./prices_row.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

const ROW_HEIGHT = 44;
/** Lines kept ready above and below what is seen. */
const SPARE_ROWS = 6;
/** How often lines may change places while prices move: more often and nobody can read them. */
const SORT_MS = 1_000;
const FILTERS: readonly RowFilter[] = ["all", "watched", "up", "down", "limit", "ruled"];
const COLUMNS: readonly SortKey[] = ["symbol", "price", "change", "rate", "volume"];

/** The live prices: search, filter, sort, and a table that draws only the lines in sight. */
export function pricesView(context: ViewContext): HTMLElement {
  return new PricesView(context).element;
}

class PricesView {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #body = h("tbody");
  readonly #scroller: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #note = h("div", { class: "prices-note" });
  readonly #count = h("span", { class: "count", "aria-live": "polite" });
  readonly #above = h("tr", { class: "spacer", "aria-hidden": "true" });
  readonly #below = h("tr", { class: "spacer", "aria-hidden": "true" });
  readonly #headers = new Map<SortKey, HTMLTableCellElement>();
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #chips = new Map<RowFilter, HTMLElement>();
  #listChips: readonly HTMLElement[] = [];
  #input!: HTMLInputElement;
  #lines: PricesRow[] = [];
  #rows: PriceRow[] = [];
  #search = "";
  #filter: RowFilter = "all";
  /** The reader's list that is shown, as the address has it: with it `#filter` is "watched". */
  #list: WatchList | undefined;
  readonly #filterChips = h("div", { class: "chips", role: "group" });
  readonly #listBar = h("div", { class: "chips list-bar", hidden: true });
  #sorting: Sorting = { key: "listing", descending: false };
  #ruled: ReadonlySet<string> = new Set();
  /** The line the arrow keys are on. */
  #cursor = 0;
  #draw = onFrame(() => this.#drawNow());

  constructor(context: ViewContext) {
    this.#context = context;
    const { say, signal, state } = context;
    this.#table = h(
      "table",
      { class: "prices", role: "grid", "aria-label": say("prices.title"), "aria-rowcount": 0 },
      h("thead", {}, h("tr", {}, ...COLUMNS.map((key) => this.#header(key)))),
      this.#body,
    );
    this.#scroller = h("div", { class: "scroll prices-scroll" }, this.#table, this.#note);
    this.element = h(
      "section",
      { class: "panel prices-panel", "aria-label": say("prices.title") },
      h("header", { class: "panel-head" }, h("h2", {}, say("prices.title")), this.#count),
      h("div", { class: "prices-tools" }, this.#searchBox(), this.#filterBox(), this.#listBar),
      this.#scroller,
    );
    this.#scroller.addEventListener("scroll", this.#draw, { passive: true });
    this.#body.addEventListener("click", (event) => this.#clicked(event));
    this.#body.addEventListener("keydown", (event) => this.#pressed(event));
    const resized = new ResizeObserver(this.#draw);
    resized.observe(this.#scroller);
    signal.addEventListener("abort", () => resized.disconnect(), { once: true });
    context.market.listen(signal, () => this.#draw());
    const timer = setInterval(() => this.#moves() && this.#arrange(), SORT_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    state.marketReady.watch(signal, () => this.#arrange());
    state.selected.watch(signal, () => this.#draw());
    state.watched.watch(signal, () => this.#arrange());
    state.query.watch(signal, (query) => state.view.value === "prices" && this.#take(query));
    state.rules.watch(signal, (rules) => {
      this.#ruled = new Set(valueOf(rules)?.items.flatMap(symbolsOf));
      this.#arrange();
    });
  }

  /** What the address says. */
  #take(query: RouteQuery): void {
    const { search = "", filter, sort = "" } = query;
    this.#search = search;
    if (this.#input.value !== search) this.#input.value = search;
    this.#list = listOf(query);
    this.#filter = this.#list === undefined ? FILTERS.find((each) => each === filter) ?? "all" : "watched";
    const key = COLUMNS.find((column) => column === sort.replace(/-$/, "")) ?? "listing";
    this.#sorting = { key, descending: sort.endsWith("-") };
    this.#show();
  }

  /** What is shown changes: it stands in the address. */
  #narrow(): void {
    const { key, descending } = this.#sorting;
    if (this.#context.state.view.value === "prices") {
      this.#context.narrow({
        search: this.#search,
        filter: this.#filter === "all" || this.#list !== undefined ? "" : this.#filter,
        ...this.#list && listQuery(this.#list),
        sort: key === "listing" ? "" : `${key}${descending ? "-" : ""}`,
      });
    }
    this.#show();
  }

  #show(): void {
    this.#showFilters();
    const { key, descending } = this.#sorting;
    for (const [column, cell] of this.#headers) {
      cell.ariaSort = column !== key ? "none" : descending ? "descending" : "ascending";
    }
    this.#arrange();
  }

  #searchBox(): HTMLElement {
    const { say, signal } = this.#context;
    const input = this.#input = h("input", {
      type: "search",
      placeholder: say("prices.search"),
      "aria-label": say("prices.search"),
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => {
        this.#search = input.value;
        this.#scroller.scrollTop = 0;
        this.#cursor = 0;
        this.#narrow();
      },
      onkeydown: ((event: KeyboardEvent) => {
        const first = this.#rows[0];
        if (event.key === "Enter" && first !== undefined) this.#context.select(first.listed.symbol);
        if (event.key === "ArrowDown") this.#focusLine(0);
      }) as EventListener,
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof Element &&
        event.target.closest("input, textarea, select, dialog");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#context.show("prices");
      input.focus();
    }, { signal });
    return h(
      "label",
      { class: "search" },
      icon(ICONS.search),
      input,
      h("kbd", { "aria-hidden": "true" }, "/"),
    );
  }

  #filterBox(): HTMLElement {
    const { say, state, signal } = this.#context;
    this.#filterChips.ariaLabel = say("prices.filter");
    for (const filter of FILTERS) {
      this.#chips.set(filter, this.#chip(say(`prices.${filter}`), filter, undefined));
    }
    state.lists.watch(signal, (lists) => this.#takeLists(lists));
    return this.#filterChips;
  }

  #chip(words: string, filter: RowFilter, list: string | undefined): HTMLElement {
    const choose = () => {
      this.#filter = filter;
      this.#list = this.#own(list);
      this.#narrow();
    };
    const data = list === undefined ? { "data-filter": filter } : { "data-list": list };
    return h("button", { type: "button", class: "chip", ...data, onclick: choose }, words);
  }

  /** The reader's lists stand beside what he watches; the one that is shown is followed. */
  #takeLists(lists: readonly WatchList[]): void {
    this.#listChips = lists.map(({ name }) => this.#chip(name, "watched", name));
    const [all, watched, ...others] = FILTERS.map((filter) => this.#chips.get(filter));
    arrange(
      this.#filterChips,
      [all, watched, ...this.#listChips, ...others].filter((chip) => chip !== undefined),
    );
    const own = this.#own(this.#list?.name);
    if (own === undefined) return this.#show();
    this.#list = own;
    this.#narrow();
  }

  /** The reader's own list of a name. */
  #own(name: string | undefined): WatchList | undefined {
    return this.#context.state.lists.value.find((list) => list.name === name);
  }

  #showFilters(): void {
    const { name } = this.#list ?? {};
    for (const [filter, chip] of this.#chips) {
      chip.ariaPressed = String(filter === this.#filter && name === undefined);
    }
    for (const chip of this.#listChips) chip.ariaPressed = String(chip.dataset.list === name);
    showListBar(this.#listBar, this.#context, {
      asked: this.#list,
      own: this.#own(name),
    });
  }

  #header(key: SortKey): HTMLTableCellElement {
    const button = h(
      "button",
      { type: "button", onclick: () => this.#sortBy(key) },
      this.#context.say(`prices.${key as Exclude<SortKey, "listing">}`),
      h("span", { class: "sort-mark", "aria-hidden": "true" }),
    );
    const cell = h("th", {
      scope: "col",
      class: key === "symbol" ? "symbol" : `num ${key}`,
      "aria-sort": "none",
    }, button);
    this.#headers.set(key, cell);
    return cell;
  }

  /** A first press sorts (numbers the greatest first), a second turns the order, a third gives the listing's back. */
  #sortBy(key: SortKey): void {
    const first = key !== "symbol";
    const { key: before, descending } = this.#sorting;
    if (before !== key) this.#sorting = { key, descending: first };
    else if (descending === first) this.#sorting = { key, descending: !first };
    else this.#sorting = { key: "listing", descending: false };
    this.#narrow();
  }

  /** Whether trades can change which lines are shown, or their order. */
  #moves(): boolean {
    return !["listing", "symbol"].includes(this.#sorting.key) ||
      !["all", "ruled", "watched"].includes(this.#filter);
  }

  /** Works out which lines there are and in which order. */
  #arrange(): void {
    const { state, say } = this.#context;
    this.#rows = visibleRows(state.market, {
      search: this.#search,
      filter: this.#filter,
      sorting: this.#sorting,
      ruled: this.#ruled,
      watched: this.#list === undefined ? state.watched.value : this.#listed(this.#list),
    });
    const total = state.market.rows.size;
    const count = this.#rows.length;
    setText(
      this.#count,
      count === total ? say("prices.count", { count }) : say("prices.found", { count, total }),
    );
    this.#table.ariaRowCount = String(count + 1);
    this.#cursor = Math.min(this.#cursor, Math.max(0, count - 1));
    this.#showNote(total);
    this.#draw();
  }

  #listed({ name, symbols }: WatchList): ReadonlySet<string> {
    return new Set(this.#own(name)?.symbols ?? symbols);
  }

  #showNote(total: number): void {
    const { state, say, market } = this.#context;
    const ready = state.marketReady.value;
    if (ready.state === "failed" && total === 0) {
      fill(
        this.#note,
        failureNote(say, ready.message, () => void market.load()),
      );
    } else if (ready.state === "loading") fill(this.#note, loadingNote(say));
    else if (total === 0) fill(this.#note, emptyNote(say("prices.waiting")));
    else if (this.#rows.length > 0) fill(this.#note);
    else if (this.#filter === "watched" && this.#search.trim() === "") {
      fill(this.#note, emptyNote(say(this.#list === undefined ? "prices.watched.none" : "lists.empty")));
    } else fill(this.#note, emptyNote(say("prices.none")));
  }

  #drawNow(): void {
    if (this.#context.signal.aborted) return;
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const wanted = Math.ceil(clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const rows = this.#rows.slice(first, first + wanted);
    if (this.#lines.length !== rows.length) this.#resize(rows.length);
    this.#above.style.height = `${first * ROW_HEIGHT}px`;
    this.#below.style.height = `${Math.max(0, this.#rows.length - first - rows.length) * ROW_HEIGHT}px`;
    const selected = this.#context.state.selected.value;
    for (const [at, row] of rows.entries()) {
      const line = this.#lines[(first + at) % this.#lines.length] as PricesRow;
      const { symbol } = row.listed;
      line.show(row, {
        index: first + at,
        selected: symbol === selected,
        ruled: this.#ruled.has(symbol),
        watched: this.#context.state.watched.value.has(symbol),
        calm: this.#calm.matches,
      });
      line.element.tabIndex = first + at === this.#cursor ? 0 : -1;
    }
    this.#order(first);
  }

  /** Lines are kept by their index, so that scrolling by one redraws one; here they are put in order. */
  #order(first: number): void {
    const count = this.#lines.length;
    let previous: Element = this.#above;
    for (let at = 0; at < count; at++) {
      const { element } = this.#lines[(first + at) % count] as PricesRow;
      if (previous.nextElementSibling !== element) previous.after(element);
      previous = element;
    }
  }

  #resize(count: number): void {
    this.#lines = Array.from({ length: count }, (_, at) => this.#lines[at] ?? new PricesRow(this.#context));
    fill(this.#body, this.#above, ...this.#lines.map((line) => line.element), this.#below);
  }

  #clicked(event: Event): void {
    const symbol = (event.target as Element).closest<HTMLElement>("tr[data-symbol]")?.dataset.symbol;
    if (symbol === undefined) return;
    this.#cursor = this.#rows.findIndex((row) => row.listed.symbol === symbol);
    this.#context.select(symbol);
  }

  #pressed(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW_HEIGHT) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.#rows.length,
      End: this.#rows.length,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#focusLine(this.#cursor + step);
    else if (event.key === "Enter" || event.key === " ") this.#clicked(event);
    else return;
    event.preventDefault();
  }

  #focusLine(index: number): void {
    if (this.#rows.length === 0) return;
    this.#cursor = Math.max(0, Math.min(this.#rows.length - 1, index));
    const top = this.#cursor * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.#scroller;
    const head = this.#table.tHead?.offsetHeight ?? 0;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW_HEIGHT + head > scrollTop + clientHeight) {
      this.#scroller.scrollTop = top + ROW_HEIGHT + head - clientHeight;
    }
    this.#drawNow();
    this.#lines.find((line) => line.element.tabIndex === 0)?.element.focus({ preventScroll: true });
  }
}
