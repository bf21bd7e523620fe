import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h, setText } from "../base/dom.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

/** What is done with the rules that are chosen; each can be taken back once. */
export class RuleBulk {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #words = h("span", { role: "status" });
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #undoHost = h("span");
  readonly #rules: () => readonly ShownRule[];
  readonly #done: () => void;

  /** @param options.rules Those that are chosen. @param options.done None are any more. */
  constructor(context: ViewContext, options: { rules: () => readonly ShownRule[]; done: () => void }) {
    this.#context = context;
    this.#rules = options.rules;
    this.#done = options.done;
    const { say, rules } = context;
    const button = (label: string, act: (chosen: readonly ShownRule[]) => Promise<() => Promise<void>>) =>
      h("button", { type: "button", class: "button", onclick: () => void this.#run(label, act) }, label);
    this.#buttons = [
      button(say("rules.pause"), async (chosen) => {
        const active = chosen.filter(({ enabled }) => enabled);
        await rules.eachEnabled(active, false);
        return () => rules.eachEnabled(active, true);
      }),
      button(say("rules.resume"), async (chosen) => {
        const paused = chosen.filter(({ enabled }) => !enabled);
        await rules.eachEnabled(paused, true);
        return () => rules.eachEnabled(paused, false);
      }),
      button(say("rules.delete"), async (chosen) => {
        await rules.removeAll(chosen);
        return () => rules.makeAgain(chosen);
      }),
    ];
    this.element = h("div", { class: "bulk", hidden: true }, this.#words, ...this.#buttons, this.#undoHost);
  }

  /** Shows how many are chosen. */
  show(count: number): void {
    const undoable = this.#undoHost.childElementCount > 0;
    this.element.hidden = count === 0 && !undoable;
    for (const button of this.#buttons) button.hidden = count === 0;
    if (count > 0) {
      fill(this.#undoHost);
      setText(this.#words, this.#context.say("rules.chosen", { count }));
    }
  }

  async #run(
    label: string,
    act: (chosen: readonly ShownRule[]) => Promise<() => Promise<void>>,
  ): Promise<void> {
    const { say } = this.#context;
    const chosen = this.#rules();
    this.element.ariaBusy = "true";
    try {
      const undo = await act(chosen);
      this.#done();
      setText(this.#words, say("rules.bulk.done", { count: chosen.length, what: label }));
      const back = h("button", { type: "button", class: "button" }, say("rules.undo"));
      back.addEventListener("click", async () => {
        back.disabled = true;
        await undo().catch((thrown) => this.#failed(thrown));
        fill(this.#undoHost);
        this.show(0);
        document.getElementById("main")?.focus();
      });
      fill(this.#undoHost, back);
      this.element.hidden = false;
      back.focus();
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.element.ariaBusy = "false";
    }
  }

  #failed(thrown: unknown): void {
    const { notify, say } = this.#context;
    notify(say("rules.failed", { reason: failureWords(say, failureOf(thrown)) }), "bad");
  }
}
