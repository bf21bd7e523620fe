import { kindInWords, policyInWords } from "../../alerts/words.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { shortTime, signedRate, wayOf, whole } from "../format.ts";
import { labelsOf, stateOf } from "../state/rule_desk.ts";
import { ruleWords, standing } from "../state/rule_words.ts";
import { scopeWords, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { RuleInsight } from "./rule_insight.ts";
import { failureWords } from "./states.ts";

/** What a card asks of the list it stands in. */
export interface CardEvents {
  /** It was chosen for what is done with many, or no longer. */
  chosen(id: string, chosen: boolean): void;
  /** A label was pressed. */
  label(label: string): void;
}

/** A card is made anew for each version of its rule. */
export function cardKey(rule: ShownRule): string {
  return `${rule.id}/${rule.version}`;
}

/** A rule: what it waits for, where it stands, and what can be done with it. */
export class RuleCard {
  readonly key: string;
  readonly element: HTMLLIElement;
  readonly rule: ShownRule;
  readonly #context: ViewContext;
  readonly #standing = h("span", { class: "standing" });
  readonly #price = h("span", { class: "mini-price" });
  readonly #state = h("span", { class: "pill" });
  readonly #name: HTMLElement;
  readonly #insight: RuleInsight;
  readonly #box: HTMLInputElement;

  constructor(context: ViewContext, rule: ShownRule, events: CardEvents) {
    const { locale, select, say } = context;
    this.#context = context;
    this.rule = rule;
    this.key = cardKey(rule);
    this.#insight = new RuleInsight(context, rule);
    const policy = policyInWords(rule, undefined, locale);
    this.#name = h("button", {
      type: "button",
      class: "link name",
      onclick: () => rule.symbol !== null && select(rule.symbol),
    });
    this.#box = h("input", {
      type: "checkbox",
      class: "writes",
      "aria-label": say("rules.choose", { rule: rule.id }),
      onchange: () => events.chosen(rule.id, this.#box.checked),
    });
    this.element = h(
      "li",
      { class: `card${rule.enabled ? "" : " off"}`, "data-rule": rule.id },
      h(
        "div",
        { class: "card-top" },
        this.#box,
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
      h("p", { class: "under recipients", title: rule.recipients.join("\n") }, rule.recipients.join(", ")),
      rule.note !== "" && h("p", { class: "note" }, rule.note),
      h(
        "div",
        { class: "card-labels" },
        ...labelsOf(rule).map((label) =>
          h("button", { type: "button", class: "chip small", onclick: () => events.label(label) }, label)
        ),
      ),
      this.#insight.element,
      this.#actions(),
    );
  }

  set chosen(chosen: boolean) {
    this.#box.checked = chosen;
  }

  /** Where the rule stands now. */
  stand(): void {
    const { say, state } = this.#context;
    const { rule } = this;
    const trade = rule.symbol === null ? undefined : state.market.rows.get(rule.symbol)?.trade;
    setText(this.#name, scopeWords(this.#context, rule));
    const now = state.now();
    const kind = stateOf(rule, now);
    this.#state.dataset.kind = kind;
    const until = rule.expiresAt === null || kind === "expired"
      ? ""
      : ` · ${say("rules.until", { time: shortTime(rule.expiresAt, now) })}`;
    setText(this.#state, say(`rules.${kind}`) + until);
    if (trade === undefined) return;
    this.#price.dataset.way = wayOf(trade.change);
    setText(this.#price, `${whole(trade.price)} ${signedRate(trade.rate)}`);
    const stands = standing(rule, trade, this.#context);
    this.#standing.classList.toggle("met", stands.met);
    const words = stands.met
      ? say("rules.met")
      : stands.distance === ""
      ? ""
      : say("rules.distance", { now: stands.now, distance: stands.distance });
    setText(this.#standing, kind === "active" ? words : "");
  }

  #actions(): HTMLElement {
    const { say, openForm, rules } = this.#context;
    const { rule } = this;
    const host = h("div", { class: "card-actions" });
    const button = (label: string, path: string, act: () => void, writes = " writes") =>
      h(
        "button",
        { type: "button", class: `icon-button${writes}`, "aria-label": label, title: label, onclick: act },
        icon(path),
      );
    const usual = () =>
      fill(
        host,
        button(say("rules.why"), ICONS.why, () => void this.#insight.explain(), ""),
        button(say("rules.backtest"), ICONS.chart, () => void this.#insight.backtest(), ""),
        rule.enabled
          ? button(say("rules.pause"), ICONS.pause, () => this.#do(() => rules.setEnabled(rule.id, false)))
          : button(say("rules.resume"), ICONS.play, () => this.#do(() => rules.setEnabled(rule.id, true))),
        button(say("rules.edit"), ICONS.edit, () => openForm({ rule })),
        button(say("rules.copy"), ICONS.copy, () => openForm({ rule, copy: true })),
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
      await rules.remove(this.rule.id);
      notify(say("rules.deleted"));
      // The card that had the focus is gone.
      document.getElementById("main")?.focus();
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
