import type { Trade } from "../../market/trade.ts";
import { isExpected } from "../state/candles.ts";
import { h } from "../base/dom.ts";
import { clockTime, wayOf, whole } from "../format.ts";
import type { ViewContext } from "./context.ts";

const MOST_LINES = 30;

/** The last trades of a symbol, newest on top. */
export class Tape {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  #shown: Trade[] = [];

  constructor({ say }: ViewContext) {
    const head = (["tape.time", "tape.price", "tape.volume"] as const).map((key, at) =>
      h("th", { scope: "col", class: at > 0 ? "num" : "" }, say(key))
    );
    this.element = h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": say("tape.title") },
      h("table", { class: "tape" }, h("thead", {}, h("tr", {}, ...head)), this.#body),
    );
  }

  /** Shows trades from before those that are shown already. */
  begin(trades: readonly Trade[]): void {
    const newer = this.#shown.filter((trade) => trade.eventTime > (trades.at(-1)?.eventTime ?? 0));
    this.#shown = [];
    this.#body.replaceChildren();
    this.add([...trades, ...newer]);
  }

  /** Adds trades, ascending by time. */
  add(trades: readonly Trade[]): void {
    this.#shown = [...this.#shown, ...trades].slice(-MOST_LINES);
    for (const trade of trades.slice(-MOST_LINES)) {
      const line = h(
        "tr",
        {
          "data-way": wayOf(trade.change),
          "data-side": trade.side ?? "",
          class: isExpected(trade) && "expected",
        },
        h("td", {}, clockTime(trade.eventTime)),
        h("td", { class: "num price" }, whole(trade.price)),
        h("td", { class: "num size" }, whole(trade.volume)),
      );
      this.#body.prepend(line);
    }
    while (this.#body.childElementCount > MOST_LINES) this.#body.lastElementChild?.remove();
  }
}
