import { fill, h } from "../base/dom.ts";
import type { Say } from "../i18n/text.ts";

/** A rule that is met already fires at once, which is seldom meant: it is asked. */
export class MetQuestion {
  readonly element = h("div", { class: "met-question", role: "group", hidden: true });
  readonly #say: Say;
  readonly #later: () => void;
  /** Whether it was said that the rule is to fire at once. */
  #atOnce = false;

  /** @param later Called when it is to fire only when it comes to be met again. */
  constructor(say: Say, later: () => void) {
    this.#say = say;
    this.#later = later;
    this.element.ariaLabel = say("form.met");
  }

  /** Asks while the rule is met already. */
  ask(met: boolean): void {
    if (met && this.element.hidden) this.#draw();
    this.element.hidden = !met;
  }

  /** Whether it is asked, and nothing was answered yet. */
  get open(): boolean {
    return !this.element.hidden && !this.#atOnce;
  }

  focus(): void {
    this.element.querySelector("button")?.focus();
  }

  #draw(): void {
    const say = this.#say;
    const choice = (label: string, act: () => void) =>
      h("button", { type: "button", class: "button", onclick: act }, label);
    const atOnce = choice(say("form.met.now"), () => {
      this.#atOnce = true;
      atOnce.ariaPressed = "true";
    });
    atOnce.ariaPressed = String(this.#atOnce);
    const later = choice(say("form.met.later"), this.#later);
    later.ariaPressed = "false";
    fill(this.element, h("p", {}, say("form.met")), h("div", { class: "met-choices" }, atOnce, later));
  }
}
