import { ApiRefusal } from "../../control/client/refusal.ts";
import { failureOf } from "../api/failure.ts";
import { fill, h, setText } from "../base/dom.ts";
import { whole } from "../format.ts";
import { faultIn } from "../i18n/text.ts";
import { priceChange, type PriceLevel, ruleAtPrice } from "../state/chart_levels.ts";
import { triedRule } from "../state/rule_desk.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";
import { TrialView } from "./trial.ts";

/** Asks before a dragged line changes its rule, and says how often the rule would have fired there. */
export class LevelBar {
  readonly element = h("div", { class: "level-bar", role: "status", hidden: true });
  readonly #context: ViewContext;
  readonly #close: () => void;
  readonly #words = h("span", { class: "level-words" });
  readonly #tried = h("span", { class: "under" });
  readonly #buttons = h("span", { class: "level-buttons" });
  readonly #trial: TrialView;

  /** @param close Called when the line goes back to where the rule has it. */
  constructor(context: ViewContext, close: () => void) {
    this.#context = context;
    this.#close = close;
    this.element.append(this.#words, this.#tried, this.#buttons);
    this.#trial = new TrialView(context, { element: this.#tried, keeps: true });
  }

  /** The line is at a price, and let go or not yet. */
  show(level: PriceLevel, price: number, ended: boolean): void {
    const { say, locale } = this.#context;
    this.element.hidden = false;
    setText(
      this.#words,
      `${whole(level.price)} → ${whole(price)} · ${ruleWords(ruleAtPrice(level, price), locale)}`,
    );
    this.#trial.consider(triedRule(ruleAtPrice(level, price)));
    if (!ended) return fill(this.#buttons);
    const apply = h(
      "button",
      { type: "button", class: "button primary", onclick: () => void this.#apply(level, price) },
      say("level.apply"),
    );
    fill(
      this.#buttons,
      apply,
      h("button", { type: "button", class: "button", onclick: () => this.#end() }, say("form.cancel")),
    );
    apply.focus();
  }

  async #apply(level: PriceLevel, price: number): Promise<void> {
    const { rules, notify, say, locale } = this.#context;
    try {
      const saved = await rules.change(level.rule.id, priceChange(level, price), level.rule.version);
      notify(say("rules.saved", { rule: ruleWords(saved, locale) }));
    } catch (thrown) {
      const [issue] = thrown instanceof ApiRefusal ? thrown.issues : [];
      const conflict = thrown instanceof ApiRefusal && thrown.status === 412;
      const reason = conflict
        ? say("rules.conflict")
        : issue === undefined
        ? failureWords(say, failureOf(thrown))
        : faultIn(locale, issue);
      notify(say("rules.failed", { reason }), "bad");
      await rules.load();
    }
    this.#end();
  }

  #end(): void {
    this.#trial.stop();
    this.element.hidden = true;
    fill(this.#buttons);
    this.#close();
  }
}
