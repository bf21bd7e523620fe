import { ApiRefusal } from "../../control/client/refusal.ts";
import { failureOf } from "../api/failure.ts";
import { fill, h, setText } from "../base/dom.ts";
import { DAY_MS } from "../../market/seoul_time.ts";
import { day, whole } from "../format.ts";
import { faultIn } from "../i18n/text.ts";
import { priceChange, type PriceLevel, ruleAtPrice } from "../state/chart_levels.ts";
import { formatWhen } from "../../rules/when.ts";
import { isPreviewable } from "../state/rule_advice.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

const STILL_MS = 250;

/** Asks before a dragged line changes its rule, and says how often the rule would have fired there. */
export class LevelBar {
  readonly element = h("div", { class: "level-bar", role: "status", hidden: true });
  readonly #context: ViewContext;
  readonly #close: () => void;
  readonly #words = h("span", { class: "level-words" });
  readonly #tried = h("span", { class: "under" });
  readonly #buttons = h("span", { class: "level-buttons" });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = "";

  /** @param close Called when the line goes back to where the rule has it. */
  constructor(context: ViewContext, close: () => void) {
    this.#context = context;
    this.#close = close;
    this.element.append(this.#words, this.#tried, this.#buttons);
    context.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** The line is at a price, and let go or not yet. */
  show(level: PriceLevel, price: number, ended: boolean): void {
    const { say, locale } = this.#context;
    this.element.hidden = false;
    setText(
      this.#words,
      `${whole(level.price)} → ${whole(price)} · ${ruleWords(ruleAtPrice(level, price), locale)}`,
    );
    this.#try(level, price);
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
    clearTimeout(this.#timer);
    this.#asked = "";
    this.element.hidden = true;
    this.#context.state.trials.set(undefined);
    fill(this.#buttons);
    this.#close();
  }

  /** How often the rule would have fired, asked once the line stands still. */
  #try(level: PriceLevel, price: number): void {
    const question = `${level.id} ${price}`;
    if (question === this.#asked) return;
    this.#asked = question;
    clearTimeout(this.#timer);
    void this.#preview(level, price, question);
    this.#timer = setTimeout(async () => {
      const { client } = this.#context;
      // Only a hint: without an answer nothing is said.
      const trial = await client.tryStored(ruleAtPrice(level, price)).catch(() => undefined);
      if (trial === undefined || question !== this.#asked || trial.trades === 0) return;
      setText(this.#tried, trialWords(this.#context, trial));
    }, STILL_MS);
  }

  /** At once, by the engine in the page: redrawn while the line is dragged. */
  async #preview(level: PriceLevel, price: number, question: string): Promise<void> {
    const { previews, state } = this.#context;
    const { symbol, on, repeat, sessions, conditions } = ruleAtPrice(level, price);
    const when = formatWhen(conditions);
    if (symbol === null || !isPreviewable(when)) return;
    const body = { symbol, when, on, repeat, sessions, recipients: level.rule.recipients };
    const found = await previews.fires(symbol, body);
    if (found === undefined || found.trades === 0 || question !== this.#asked) return;
    setText(this.#tried, trialWords(this.#context, { ...found, fires: found.times.length }));
    state.trials.set({ symbol, times: found.times });
  }
}

/** How often a rule would have fired, with the span that was examined. */
export function trialWords(
  { say }: Pick<ViewContext, "say">,
  { fires, from, to }: { readonly fires: number; readonly from: number; readonly to: number },
): string {
  const span = spanWords(from, to);
  return fires === 0 ? say("trial.none", { span }) : say("trial.fires", { count: fires, span });
}

/** "11-27", or "11-26–11-27" of more than a day. */
function spanWords(from: number, to: number): string {
  const [begins, ends] = [day(from).slice(5), day(to).slice(5)];
  return begins === ends || to - from <= DAY_MS ? begins : `${begins}–${ends}`;
}
