import type { ShownAlert } from "../api/types.ts";
import { arrange, fill, h, icon, setText } from "../base/dom.ts";
import { inTime, onFrame } from "../base/frame.ts";
import { ALERT_STATES, type AlertState, byDay, deskAlerts } from "../state/alert_desk.ts";
import type { RouteQuery } from "../state/route.ts";
import { alertCard } from "./alert_card.ts";
import type { ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

/** Cards drawn at first, and more at a press: three hundred at once would hold the page up. */
const DRAWN = 40;

export interface AlertsOptions {
  /** Fetches them again. */
  readonly load: () => void;
  /** Fetches those before; false when there are none. */
  readonly loadOlder: () => Promise<boolean>;
}

interface Card {
  readonly alert: ShownAlert;
  readonly element: HTMLElement;
}

/** The alerts, newest first, with what became of each. */
export function alertsView(context: ViewContext, options: AlertsOptions): HTMLElement {
  return new AlertsView(context, options).element;
}

class AlertsView {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #options: AlertsOptions;
  readonly #list: HTMLElement;
  readonly #note = h("div");
  readonly #count = h("span", { class: "count" });
  readonly #older: HTMLButtonElement;
  readonly #heads = new Map<string, HTMLElement>();
  readonly #searchBox: HTMLInputElement;
  readonly #stateBox: HTMLSelectElement;
  readonly #drawMore = onFrame(() => this.#draw());
  #cards = new Map<string, Card>();
  #drawn = DRAWN;
  #search = "";
  #chosen: AlertState = "all";
  /** Something changed while the list was out of sight. */
  #stale = false;

  constructor(context: ViewContext, options: AlertsOptions) {
    this.#context = context;
    this.#options = options;
    const { state, say, signal } = context;
    this.#list = h("ul", { class: "cards", "aria-label": say("alerts.title") });
    this.#older = h(
      "button",
      { type: "button", class: "button older", hidden: true, onclick: () => void this.#showOlder() },
      say("alerts.older"),
    );
    this.#searchBox = h("input", {
      type: "search",
      placeholder: say("alerts.search"),
      "aria-label": say("alerts.search"),
      oninput: () => this.#narrow(),
    });
    this.#stateBox = h(
      "select",
      { "aria-label": say("rules.state"), onchange: () => this.#narrow() },
      ...ALERT_STATES.map((each) => h("option", { value: each }, say(`alerts.state.${each}`))),
    );
    this.element = h(
      "section",
      { class: "panel alerts-panel", "aria-label": say("alerts.title") },
      h("header", { class: "panel-head" }, h("h2", {}, say("alerts.title")), this.#count),
      h(
        "div",
        { class: "panel-tools" },
        h("label", { class: "search" }, icon(ICONS.search), this.#searchBox),
        h("div", { class: "desk-tools" }, this.#stateBox),
      ),
      h("div", { class: "scroll" }, this.#note, this.#list, this.#older),
    );
    state.query.watch(signal, (query) => state.view.value === "alerts" && this.#take(query));
    state.alerts.watch(signal, () => this.#draw());
    // The list is in the page, and its panel shown, only after this.
    state.view.watch(signal, () => queueMicrotask(() => this.#stale && this.#draw()));
    state.shownAlert.watch(signal, () => queueMicrotask(() => this.#showAsked()));
  }

  /** What the address says. */
  #take(query: RouteQuery): void {
    this.#search = query.search ?? "";
    this.#chosen = ALERT_STATES.find((each) => each === query.state) ?? "all";
    if (this.#searchBox.value !== this.#search) this.#searchBox.value = this.#search;
    this.#stateBox.value = this.#chosen;
    this.#draw();
  }

  #narrow(): void {
    this.#search = this.#searchBox.value;
    this.#chosen = this.#stateBox.value as AlertState;
    this.#context.narrow({ search: this.#search, state: this.#chosen === "all" ? "" : this.#chosen });
    this.#draw();
  }

  async #showOlder(): Promise<void> {
    this.#drawn += DRAWN;
    const known = valueOf(this.#context.state.alerts.value)?.length ?? 0;
    if (this.#drawn <= known) return this.#draw();
    this.#older.disabled = true;
    // A failure leaves the button for another press.
    const more = await this.#options.loadOlder().catch(() => true);
    this.#older.disabled = false;
    this.#draw();
    this.#older.hidden = !more;
  }

  #showAsked(): void {
    this.#draw();
    const asked = this.#context.state.shownAlert.value;
    if (asked !== undefined) this.#cards.get(asked)?.element.scrollIntoView({ block: "center" });
  }

  /** A list out of sight is drawn when it is seen. */
  #draw(): void {
    this.#stale = !this.element.checkVisibility();
    if (!this.#stale && !this.#context.signal.aborted) this.#drawNow();
  }

  #drawNow(): void {
    const { say, state } = this.#context;
    const loaded = state.alerts.value;
    const all = valueOf(loaded);
    const failed = loaded.state === "failed" && failureNote(say, loaded.message, this.#options.load);
    if (all === undefined) return fill(this.#note, failed || loadingNote(say));
    this.#drawn = Math.max(this.#drawn, all.findIndex(({ id }) => id === state.shownAlert.value) + 1);
    const found = deskAlerts(all, { search: this.#search, state: this.#chosen });
    this.#drawCards(found.slice(0, this.#drawn));
    setText(
      this.#count,
      found.length === all.length ? String(all.length) : `${found.length} / ${all.length}`,
    );
    this.#older.hidden = all.length < DRAWN;
    fill(
      this.#note,
      failed,
      all.length === 0
        ? emptyNote(say("alerts.empty"), say("alerts.empty.help"))
        : found.length === 0 && emptyNote(say("prices.none")),
    );
  }

  /** As many cards as there is time for in a frame, the newest first; a card that changed stays as it was until its turn. */
  #drawCards(alerts: readonly ShownAlert[]): void {
    const before = this.#cards;
    const asked = this.#context.state.shownAlert.value;
    const hasTime = inTime();
    const drawn: ShownAlert[] = [];
    this.#cards = new Map();
    for (const alert of alerts) {
      const known = before.get(alert.id);
      // What an address asks for is scrolled to: all before it must be there.
      const card = known?.alert === alert || !(asked !== undefined || hasTime()) ? known : {
        alert,
        element: alertCard(this.#context, alert, { isNew: known === undefined && before.size > 0 }),
      };
      if (card === undefined) continue;
      this.#cards.set(alert.id, card);
      drawn.push(alert);
    }
    arrange(
      this.#list,
      byDay(drawn).flatMap(([day, ofDay]) => [
        this.#dayHead(day),
        ...ofDay.flatMap(({ id }) => this.#cards.get(id)?.element ?? []),
      ]),
    );
    for (const [id, { element }] of this.#cards) element.classList.toggle("asked", id === asked);
    if (alerts.some((alert) => this.#cards.get(alert.id)?.alert !== alert)) this.#drawMore();
  }

  #dayHead(day: string): HTMLElement {
    const head = this.#heads.get(day) ?? h("li", { class: "day" }, h("h3", {}, day));
    this.#heads.set(day, head);
    return head;
  }
}
