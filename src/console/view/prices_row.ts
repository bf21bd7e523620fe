import { h, setText } from "../base/dom.ts";
import { compact, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { isExpected } from "../state/candles.ts";
import type { PriceRow } from "../state/market.ts";
import type { ViewContext } from "./context.ts";

/** How long a price that moved is marked, ms. Not a fade: that would paint the table at every frame. */
const FLASH_MS = 450;

/** One line of the table, used again for another symbol when the table is scrolled. */
export class PricesRow {
  readonly element: HTMLTableRowElement;
  readonly #context: ViewContext;
  readonly #name = h("span", { class: "name" });
  readonly #code = h("span", { class: "code" });
  readonly #badge = h("span", { class: "badge", hidden: true });
  readonly #price = h("td", { class: "num price" });
  readonly #change = h("td", { class: "num change" });
  readonly #rate = h("td", { class: "num rate" });
  readonly #volume = h("td", { class: "num volume" });
  #shown: PriceRow | undefined;
  #revision = -1;
  #flashes: ReturnType<typeof setTimeout> | undefined;

  constructor(context: ViewContext) {
    this.#context = context;
    const symbol = h(
      "th",
      { scope: "row" },
      this.#name,
      h("span", { class: "under" }, this.#code, this.#badge),
    );
    this.element = h(
      "tr",
      { tabindex: -1 },
      symbol,
      this.#price,
      this.#change,
      this.#rate,
      this.#volume,
    );
  }

  get symbol(): string | undefined {
    return this.#shown?.listed.symbol;
  }

  /** Shows a row's present state; does nothing when it is shown already. */
  show(
    row: PriceRow,
    place: { index: number; selected: boolean; ruled: boolean; watched: boolean; calm: boolean },
  ): void {
    const { element } = this;
    const isOther = row !== this.#shown;
    if (isOther) this.#showSymbol(row);
    if (element.ariaRowIndex !== String(place.index + 2)) element.ariaRowIndex = String(place.index + 2);
    element.classList.toggle("striped", place.index % 2 === 1);
    element.classList.toggle("ruled", place.ruled);
    element.classList.toggle("watched", place.watched);
    if (element.ariaSelected !== String(place.selected)) element.ariaSelected = String(place.selected);
    if (!isOther && row.revision === this.#revision) return;
    const priceMoved = !isOther && row.revision > this.#revision && this.#showTrade(row);
    if (isOther) this.#showTrade(row);
    if (priceMoved && !place.calm) this.#flash(row);
    this.#revision = row.revision;
  }

  #showSymbol(row: PriceRow): void {
    this.#shown = row;
    delete this.#price.dataset.flash;
    const { listed } = row;
    const english = this.#context.locale === "en" && listed.nameEn !== "";
    setText(this.#name, english ? listed.nameEn : listed.name);
    this.#name.title = english ? listed.name : listed.nameEn;
    setText(this.#code, listed.symbol);
    this.element.dataset.symbol = listed.symbol;
  }

  /** @returns whether the price is another one than was shown. */
  #showTrade(row: PriceRow): boolean {
    const { trade } = row;
    const before = this.#price.textContent;
    if (trade === undefined) {
      // A base price is no price: nothing has been traded.
      for (const cell of [this.#price, this.#change, this.#rate, this.#volume]) setText(cell, "–");
      this.element.dataset.way = "none";
      this.#badge.hidden = true;
      return false;
    }
    const way = wayOf(trade.change);
    this.element.dataset.way = way;
    setText(this.#price, whole(trade.price));
    setText(this.#change, signedChange(trade.change, trade.sign));
    setText(this.#rate, signedRate(trade.rate));
    setText(this.#volume, compact(trade.accVolume, this.#context.locale));
    this.#showBadge(row);
    return before !== this.#price.textContent;
  }

  #showBadge({ trade }: PriceRow): void {
    const { say } = this.#context;
    const [word, kind] = trade?.halted === "Y"
      ? [say("prices.halted"), "halted"]
      : trade !== undefined && isExpected(trade)
      ? [say("prices.expected"), "expected"]
      : trade?.sign === "1"
      ? [say("prices.upper"), "up"]
      : trade?.sign === "4"
      ? [say("prices.lower"), "down"]
      : ["", ""];
    this.#badge.hidden = word === "";
    setText(this.#badge, word);
    this.#badge.dataset.kind = kind;
  }

  #flash({ flash }: PriceRow): void {
    this.#price.dataset.flash = flash ?? "";
    clearTimeout(this.#flashes);
    this.#flashes = setTimeout(() => delete this.#price.dataset.flash, FLASH_MS);
  }
}
