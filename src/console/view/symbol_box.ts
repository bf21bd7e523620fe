import { fill, h } from "../base/dom.ts";
import { signedRate, wayOf, whole } from "../format.ts";
import { findRows, type PriceRow } from "../state/market.ts";
import { nameOf, type ViewContext } from "./context.ts";

const MOST_SHOWN = 12;

/** A field for a symbol that suggests what is meant while it is typed: by code, name, initial consonants. */
export class SymbolBox {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #list: HTMLElement;
  readonly #several: boolean;
  #rows: readonly PriceRow[] = [];
  #active = -1;

  /** @param options.several Names with commas between: the last one is being typed. */
  constructor(
    context: ViewContext,
    options: { value: string; id: string; several: boolean; readonly: boolean },
  ) {
    this.#context = context;
    this.#several = options.several;
    const { say } = context;
    this.#list = h("ul", { class: "options", id: `${options.id}-options`, role: "listbox", hidden: true });
    this.#list.ariaLabel = say("form.symbol");
    this.input = h("input", {
      type: "text",
      value: options.value,
      placeholder: say(options.several ? "form.symbols.hint" : "form.symbol.hint"),
      autocomplete: "off",
      spellcheck: "false",
      readonly: options.readonly,
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-controls": `${options.id}-options`,
      oninput: () => this.#suggest(),
      onkeydown: ((event: KeyboardEvent) => this.#key(event)) as EventListener,
      onblur: () => this.#close(),
    });
    this.element = h("div", { class: "combo" }, this.input, this.#list);
  }

  #suggest(): void {
    const text = this.#typed().trim();
    this.#rows = text === ""
      ? []
      : findRows(this.#context.state.market.rows.values(), text).slice(0, MOST_SHOWN);
    this.#active = this.#rows.length > 0 ? 0 : -1;
    this.#draw();
  }

  #draw(): void {
    const { market } = this.#context.state;
    fill(
      this.#list,
      ...this.#rows.map(({ listed: { symbol } }, at) => {
        const trade = market.rows.get(symbol)?.trade;
        const price = trade === undefined ? "–" : `${whole(trade.price)} ${signedRate(trade.rate)}`;
        return h(
          "li",
          {
            role: "option",
            id: `${this.#list.id}-${at}`,
            "aria-selected": String(at === this.#active),
            // Before the field loses the focus.
            onpointerdown: ((event: Event) => {
              event.preventDefault();
              this.#choose(at);
            }) as EventListener,
          },
          h("span", {}, nameOf(this.#context, symbol)),
          h("span", { class: "code" }, symbol),
          h("span", { class: "mini-price", "data-way": wayOf(trade?.change ?? 0) }, price),
        );
      }),
    );
    const open = this.#rows.length > 0;
    this.#list.hidden = !open;
    this.input.ariaExpanded = String(open);
    if (this.#active >= 0) {
      this.input.setAttribute("aria-activedescendant", `${this.#list.id}-${this.#active}`);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event: KeyboardEvent): void {
    if (this.#rows.length === 0 || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#active = (this.#active + step + this.#rows.length) % this.#rows.length;
      this.#draw();
    } else if (event.key === "Enter") this.#choose(this.#active);
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(at: number): void {
    const symbol = this.#rows[at]?.listed.symbol;
    if (symbol === undefined) return;
    const name = nameOf(this.#context, symbol);
    const before = this.#several
      ? this.input.value.slice(0, this.input.value.length - this.#typed().length)
      : "";
    this.input.value = this.#several ? `${before}${before === "" ? "" : " "}${name}, ` : `${name} ${symbol}`;
    this.#close();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#close();
  }

  #close(): void {
    this.#rows = [];
    this.#active = -1;
    this.#draw();
  }

  #typed(): string {
    return this.#several ? this.input.value.slice(this.input.value.lastIndexOf(",") + 1) : this.input.value;
  }
}
