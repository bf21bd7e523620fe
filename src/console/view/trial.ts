import { setText } from "../base/dom.ts";
import { bodyOf, checkDraft, type RuleDraft } from "../state/rule_draft.ts";
import type { ViewContext } from "./context.ts";
import { trialWords } from "./level_bar.ts";

/** How long the form must stand still before the server is asked. */
const STILL_MS = 400;
/** A rule is not tried without a recipient; whose it is makes no difference. */
const NOBODY = "nobody@example.com";

/** Says beside the form how often the rule in it would have fired on the recorded trades of the last session. */
export class Trial {
  readonly #context: ViewContext;
  readonly #element: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = "";

  constructor(context: ViewContext, element: HTMLElement) {
    this.#context = context;
    this.#element = element;
  }

  /** The form has changed: asks once it stands still, and only about another condition. */
  consider(draft: RuleDraft, symbol: string | undefined): void {
    const faults = checkDraft({ ...draft, recipients: NOBODY }, symbol);
    const sound = symbol !== undefined && faults.value === undefined && faults.when === undefined;
    const body = sound ? bodyOf({ ...draft, recipients: NOBODY, note: "", expires: "" }, symbol) : undefined;
    const question = JSON.stringify(body ?? null);
    if (question === this.#asked) return;
    this.#asked = question;
    clearTimeout(this.#timer);
    setText(this.#element, "");
    if (body === undefined) return;
    this.#timer = setTimeout(async () => {
      const { client } = this.#context;
      try {
        const trial = await client.tryRule(body);
        if (question !== this.#asked || trial.trades === 0) return;
        setText(this.#element, trialWords(this.#context, trial));
      } catch {
        // Only a hint: what is wrong with the rule is reported when it is saved.
        setText(this.#element, "");
      }
    }, STILL_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
