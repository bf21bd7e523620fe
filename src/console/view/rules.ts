import { kindInWords, policyInWords } from "../../alerts/words.ts";
import { symbolsOf } from "../../rules/rule.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { shortTime, signedRate, wayOf, whole } from "../format.ts";
import { ruleWords, standing } from "../state/rule_words.ts";
import { MOST_RULES } from "../sync/rules.ts";
import { nameOf, scopeWords, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { emptyNote, failureNote, failureWords, loadingNote, valueOf } from "./states.ts";

/** How often the distance to each rule's value is worked out again. */
const STANDING_MS = 1_000;
/** Most rules drawn; a search narrows them down. */
const MOST_DRAWN = 200;

/** The rules: what each waits for, how far it is, and what can be done with it. */
export function rulesView(context: ViewContext): HTMLElement {
  const { state, say, signal, openForm, rules } = context;
  const list = h("ul", { class: "cards", "aria-label": say("rules.title") });
  const note = h("div");
  const count = h("span", { class: "count" });
  const search = h("input", {
    type: "search",
    placeholder: say("rules.search"),
    "aria-label": say("rules.search"),
    oninput: () => draw(),
  });
  const add = () =>
    openForm({ ...(state.selected.value === undefined ? {} : { symbol: state.selected.value }) });
  let cards: RuleCard[] = [];

  const draw = () => {
    const loaded = state.rules.value;
    const listing = valueOf(loaded);
    if (listing === undefined) {
      return fill(
        note,
        loaded.state === "failed"
          ? failureNote(say, loaded.message, () => void rules.load())
          : loadingNote(say),
      );
    }
    const found = listing.items.filter((rule) => matches(context, rule, search.value));
    const drawn = found.slice(0, MOST_DRAWN);
    const before = new Map(cards.map((card) => [card.key, card]));
    cards = drawn.map((rule) => before.get(keyOf(rule)) ?? new RuleCard(context, rule));
    // A list that is the same keeps its elements, and with them the reader's focus.
    const same = list.childElementCount === cards.length &&
      cards.every((card, at) => list.children[at] === card.element);
    if (!same) fill(list, ...cards.map((card) => card.element));
    for (const card of cards) card.stand();
    setText(count, String(listing.items.length));
    const more = listing.more ? listing.items.length : found.length > MOST_DRAWN ? MOST_DRAWN : 0;
    fill(
      note,
      loaded.state === "failed" && failureNote(say, loaded.message, () => void rules.load()),
      listing.items.length === 0 &&
        emptyNote(say("rules.empty"), say("rules.empty.help"), addButton(context, add)),
      more > 0 && h("p", { class: "muted" }, say("rules.more", { count: Math.min(more, MOST_RULES) })),
    );
  };

  state.rules.watch(signal, draw);
  state.marketReady.watch(signal, draw);
  const timer = setInterval(() => cards.forEach((card) => card.stand()), STANDING_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return h(
    "section",
    { class: "panel rules-panel", "aria-label": say("rules.title") },
    h("header", { class: "panel-head" }, h("h2", {}, say("rules.title")), count, addButton(context, add)),
    h("div", { class: "panel-tools" }, h("label", { class: "search" }, icon(ICONS.search), search)),
    h("div", { class: "scroll" }, note, list),
  );
}

function addButton({ say }: ViewContext, add: () => void): HTMLElement {
  return h(
    "button",
    { type: "button", class: "button primary", onclick: add },
    icon(ICONS.plus),
    say("rules.add"),
  );
}

function matches(context: ViewContext, rule: ShownRule, search: string): boolean {
  const text = [
    ...symbolsOf(rule).flatMap((symbol) => [symbol, nameOf(context, symbol)]),
    rule.note,
    rule.id,
    kindInWords(rule, context.locale),
    ruleWords(rule, context.locale),
    ...rule.recipients,
  ].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function keyOf(rule: ShownRule): string {
  return `${rule.id}/${rule.version}`;
}

class RuleCard {
  readonly key: string;
  readonly element: HTMLLIElement;
  readonly #context: ViewContext;
  readonly #rule: ShownRule;
  readonly #standing = h("span", { class: "standing" });
  readonly #price = h("span", { class: "mini-price" });
  readonly #state = h("span", { class: "pill" });
  readonly #name: HTMLElement;

  constructor(context: ViewContext, rule: ShownRule) {
    const { locale, select } = context;
    this.#context = context;
    this.#rule = rule;
    this.key = keyOf(rule);
    const policy = policyInWords(rule, undefined, locale);
    this.#name = h("button", {
      type: "button",
      class: "link name",
      onclick: () => rule.symbol !== null && select(rule.symbol),
    });
    this.element = h(
      "li",
      { class: `card${rule.enabled ? "" : " off"}`, "data-rule": rule.id },
      h(
        "div",
        { class: "card-top" },
        this.#name,
        h("span", { class: "code" }, rule.symbol ?? ""),
        this.#price,
        this.#state,
      ),
      h(
        "p",
        { class: "condition" },
        h("span", { class: "kind" }, kindInWords(rule, locale)),
        ruleWords(rule, locale),
      ),
      policy !== "" && h("p", { class: "under" }, policy),
      this.#standing,
      h("p", { class: "under recipients" }, rule.recipients.join(", ")),
      rule.note !== "" && h("p", { class: "note" }, rule.note),
      this.#actions(),
    );
  }

  /** Where the rule stands now. */
  stand(): void {
    const { say, state } = this.#context;
    const rule = this.#rule;
    const trade = rule.symbol === null ? undefined : state.market.rows.get(rule.symbol)?.trade;
    setText(this.#name, scopeWords(this.#context, rule));
    const now = Date.now();
    const expired = rule.expiresAt !== null && rule.expiresAt <= now;
    const kind = expired ? "expired" : rule.enabled ? "active" : "paused";
    this.#state.dataset.kind = kind;
    const until = rule.expiresAt === null || expired
      ? ""
      : ` · ${say("rules.until", { time: shortTime(rule.expiresAt, now) })}`;
    setText(this.#state, say(`rules.${kind}`) + until);
    if (trade === undefined) return;
    this.#price.dataset.way = wayOf(trade.change);
    setText(this.#price, `${whole(trade.price)} ${signedRate(trade.rate)}`);
    const fired = this.#firedAt(trade.eventTime);
    const stands = standing(rule, trade, this.#context);
    this.#standing.classList.toggle("met", stands.met);
    const text = stands.met
      ? say("rules.met")
      : stands.distance === ""
      ? ""
      : say("rules.distance", { now: stands.now, distance: stands.distance });
    const words = fired === undefined ? text : say("rules.fired", { time: shortTime(fired, now) });
    setText(this.#standing, kind === "active" ? words : "");
  }

  /** When the rule, as it is armed, fired in the window of a time; undefined when it has not. */
  #firedAt(time: number): number | undefined {
    const alerts = valueOf(this.#context.state.alerts.value) ?? [];
    const { id, armed } = this.#rule;
    return alerts.find((alert) =>
      alert.ruleId === id && alert.armed === armed && (alert.windowEnd === null || alert.windowEnd > time)
    )?.eventTime;
  }

  #actions(): HTMLElement {
    const { say, openForm, rules } = this.#context;
    const rule = this.#rule;
    const host = h("div", { class: "card-actions" });
    const button = (label: string, path: string, act: () => void) =>
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: act },
        icon(path),
      );
    const usual = () =>
      fill(
        host,
        rule.enabled
          ? button(say("rules.pause"), ICONS.pause, () => this.#do(() => rules.setEnabled(rule.id, false)))
          : button(say("rules.resume"), ICONS.play, () => this.#do(() => rules.setEnabled(rule.id, true))),
        rule.symbol !== null &&
          button(say("rules.edit"), ICONS.edit, () => openForm({ rule })),
        button(say("rules.delete"), ICONS.trash, ask),
      );
    const ask = () => {
      const no = h("button", { type: "button", class: "button", onclick: usual }, say("rules.delete.no"));
      const yes = h(
        "button",
        { type: "button", class: "button danger", onclick: () => this.#delete() },
        say("rules.delete.yes"),
      );
      fill(host, h("span", { class: "ask" }, say("rules.delete.ask")), no, yes);
      no.focus();
    };
    usual();
    return host;
  }

  #delete(): void {
    const { rules, notify, say } = this.#context;
    this.#do(async () => {
      await rules.remove(this.#rule.id);
      notify(say("rules.deleted"));
    });
  }

  async #do(work: () => Promise<void>): Promise<void> {
    this.element.ariaBusy = "true";
    try {
      await work();
    } catch (thrown) {
      const { notify, say } = this.#context;
      notify(say("rules.failed", { reason: failureWords(say, failureOf(thrown)) }), "bad");
    } finally {
      this.element.ariaBusy = "false";
    }
  }
}
