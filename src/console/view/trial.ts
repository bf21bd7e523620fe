import { day } from "../format.ts";
import { DAY_MS } from "../../market/seoul_time.ts";
import type { ShownTrial, ShownWarning, TriedRule } from "../api/types.ts";
import { setText } from "../base/dom.ts";
import { isPreviewable } from "../state/rule_advice.ts";
import type { ViewContext } from "./context.ts";

/** How long a rule must stay as it is before the server is asked. */
const STILL_MS = 300;

/** What came of trying a rule; what is odd about it the server alone says. */
type Tried = Omit<ShownTrial, "warnings"> & { readonly warnings?: readonly ShownWarning[] };

export interface TrialOptions {
  /** Where it is said how often the rule would have fired. */
  readonly element: HTMLElement;
  /** Called with what is odd about the rule, and with nothing once it is another. */
  readonly warned?: (warnings: readonly ShownWarning[]) => void;
  /** What was said of the rule before stays until there is something to say of this one: while a line is dragged. */
  readonly keeps?: boolean;
}

/**
 * Says how often a rule would have fired, while it is made or moved, and marks in the chart where: at once by the engine in
 * the page, on the trades of the last day; then by the server, which has them all.
 */
export class TrialView {
  readonly #context: ViewContext;
  readonly #options: TrialOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = "";
  #said: "nothing" | "preview" | "answer" = "nothing";

  constructor(context: ViewContext, options: TrialOptions) {
    this.#context = context;
    this.#options = options;
    context.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** The rule as it is now; undefined: there is none yet. Asks once it stays so, and only about another rule. */
  consider(rule: TriedRule | undefined): void {
    const question = JSON.stringify(rule ?? null);
    if (question === this.#asked) return;
    this.#asked = question;
    this.#said = "nothing";
    clearTimeout(this.#timer);
    if (rule === undefined || !this.#options.keeps) this.#show(rule, undefined);
    if (rule === undefined) return;
    void this.#preview(rule, question);
    this.#timer = setTimeout(() => void this.#ask(rule, question), STILL_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked = "";
    this.#context.state.trials.set(undefined);
  }

  async #preview(rule: TriedRule, question: string): Promise<void> {
    if (rule.symbol === undefined || !isPreviewable(rule.when)) return;
    const found = await this.#context.previews.fires(rule.symbol, rule);
    if (found === undefined || found.trades === 0 || question !== this.#asked) return;
    // The server's answer has all trades.
    if (this.#said === "answer") return;
    this.#said = "preview";
    this.#show(rule, { ...found, fires: found.times.length });
  }

  async #ask(rule: TriedRule, question: string): Promise<void> {
    // Only a hint: what is wrong with the rule is said when it is saved.
    const trial = await this.#context.client.tryRule(rule).catch(() => undefined);
    if (question !== this.#asked || (trial === undefined && this.#said === "preview")) return;
    this.#said = "answer";
    this.#show(rule, trial);
  }

  #show(rule: TriedRule | undefined, tried: Tried | undefined): void {
    const { element, warned } = this.#options;
    setText(element, tried === undefined || tried.trades === 0 ? "" : trialWords(this.#context, tried));
    warned?.(tried?.warnings ?? []);
    const symbol = rule?.symbol ?? (rule?.symbols?.length === 1 ? rule.symbols[0] : undefined);
    this.#context.state.trials.set(
      tried === undefined || symbol === undefined ? undefined : { symbol, times: tried.times },
    );
  }
}

/** How often a rule would have fired, with the span that was examined. */
function trialWords({ say }: ViewContext, { fires, from, to }: Tried): string {
  const span = spanWords(from, to);
  return fires === 0 ? say("trial.none", { span }) : say("trial.fires", { count: fires, span });
}

/** "11-27", or "11-26–11-27" of more than a day. */
function spanWords(from: number, to: number): string {
  const [begins, ends] = [day(from).slice(5), day(to).slice(5)];
  return begins === ends || to - from <= DAY_MS ? begins : `${begins}–${ends}`;
}
