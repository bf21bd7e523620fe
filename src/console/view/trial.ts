import type { RuleBody, ShownTrial, ShownWarning } from "../api/types.ts";
import { setText } from "../base/dom.ts";
import { isPreviewable } from "../state/rule_advice.ts";
import {
  bodyOf,
  checkDraft,
  type Listing,
  recipientFault,
  type RuleDraft,
  targetsOf,
} from "../state/rule_draft.ts";
import type { ViewContext } from "./context.ts";
import { trialWords } from "./level_bar.ts";

/** How long the form must stand still before the server is asked. */
const STILL_MS = 350;
/** A rule is not tried without a recipient; whose it is makes no difference. */
const NOBODY = "nobody@example.com";

/**
 * Asks the server, while a rule is made, how often it would have fired on the recorded trades of the last session and what
 * is odd about it; marks in the chart where.
 */
export class Trial {
  readonly #context: ViewContext;
  readonly #element: HTMLElement;
  readonly #warned: (warnings: readonly ShownWarning[]) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = "";
  /** Whether the server has answered it. */
  #answered = false;

  constructor(
    context: ViewContext,
    options: { element: HTMLElement; warned: (warnings: readonly ShownWarning[]) => void },
  ) {
    this.#context = context;
    this.#element = options.element;
    this.#warned = options.warned;
  }

  /** The form has changed: asks once it stands still, and only about another rule. */
  consider(draft: RuleDraft, listed: Listing): void {
    const { state } = this.#context;
    const recipients = recipientFault(draft.recipients) === undefined ? draft.recipients : NOBODY;
    const tried = { ...draft, recipients, expires: "", labels: "", note: "" };
    const sound = Object.keys(checkDraft(tried, { listed, now: state.now() })).length === 0;
    const body = sound ? bodyOf(tried, listed) : undefined;
    const question = JSON.stringify(body ?? null);
    if (question === this.#asked) return;
    this.#asked = question;
    this.#answered = false;
    clearTimeout(this.#timer);
    this.#show(undefined, draft, listed);
    if (body === undefined) return;
    void this.#preview(body, question);
    this.#timer = setTimeout(async () => {
      // Only a hint: what is wrong with the rule is said when it is saved.
      const trial = await this.#context.client.tryRule(body).catch(() => undefined);
      if (question !== this.#asked || trial === undefined) return;
      this.#answered = true;
      this.#show(trial, draft, listed);
    }, STILL_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked = "";
    this.#context.state.trials.set(undefined);
  }

  /** At once, by the engine in the page; the server's answer, which has all trades and the warnings, comes after it. */
  async #preview(body: RuleBody, question: string): Promise<void> {
    const { previews, state } = this.#context;
    if (body.symbol === undefined || !isPreviewable(body.when)) return;
    const found = await previews.fires(body.symbol, body);
    if (found === undefined || found.trades === 0 || question !== this.#asked || this.#answered) return;
    setText(this.#element, trialWords(this.#context, { ...found, fires: found.times.length }));
    state.trials.set({ symbol: body.symbol, times: found.times });
  }

  #show(trial: ShownTrial | undefined, draft: RuleDraft, listed: Listing): void {
    setText(this.#element, trial === undefined || trial.trades === 0 ? "" : trialWords(this.#context, trial));
    this.#warned(trial?.warnings ?? []);
    const { symbols } = targetsOf(draft, listed);
    const [symbol] = symbols;
    this.#context.state.trials.set(
      trial === undefined || symbol === undefined || symbols.length > 1
        ? undefined
        : { symbol, times: trial.times },
    );
  }
}
