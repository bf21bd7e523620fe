import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h, setText } from "../base/dom.ts";
import type { ManyDone } from "../sync/rules.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

/** What is done with rules, and how it is taken back. */
interface Work {
  act(chosen: readonly ShownRule[]): Promise<ManyDone>;
  undo(done: readonly ShownRule[]): Promise<ManyDone>;
}

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
    const button = (label: string, work: Work) =>
      h("button", { type: "button", class: "button", onclick: () => void this.#run(label, work) }, label);
    this.#buttons = [
      button(say("rules.pause"), {
        act: (chosen) => rules.eachEnabled(chosen.filter(({ enabled }) => enabled), false),
        undo: (done) => rules.eachEnabled(done, true),
      }),
      button(say("rules.resume"), {
        act: (chosen) => rules.eachEnabled(chosen.filter(({ enabled }) => !enabled), true),
        undo: (done) => rules.eachEnabled(done, false),
      }),
      button(say("rules.delete"), {
        act: (chosen) => rules.removeAll(chosen),
        undo: (done) => rules.makeAgain(done),
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

  async #run(label: string, { act, undo }: Work): Promise<void> {
    const { say } = this.#context;
    this.element.ariaBusy = "true";
    const { done, failures } = await act(this.#rules());
    this.element.ariaBusy = "false";
    this.#sayFailed(failures);
    this.#done();
    if (done.length === 0) return;
    setText(this.#words, say("rules.bulk.done", { count: done.length, what: label }));
    const back = h("button", { type: "button", class: "button" }, say("rules.undo"));
    back.addEventListener("click", async () => {
      back.disabled = true;
      this.#sayFailed((await undo(done)).failures);
      fill(this.#undoHost);
      this.show(0);
      document.getElementById("main")?.focus();
    });
    fill(this.#undoHost, back);
    this.element.hidden = false;
    back.focus();
  }

  /** The first says what there is to say: a server that is away fails them all alike. */
  #sayFailed([first]: readonly unknown[]): void {
    const { notify, say } = this.#context;
    if (first === undefined) return;
    notify(say("rules.failed", { reason: failureWords(say, failureOf(first)) }), "bad");
  }
}
