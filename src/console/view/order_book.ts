import type { Level, Quote } from "../../market/quote.ts";
import { fill, h, setText } from "../base/dom.ts";
import { signedRate, wayOf, whole } from "../format.ts";
import type { ViewContext } from "./context.ts";
import { emptyNote } from "./states.ts";

const DEPTH = 10;

interface Line {
  readonly element: HTMLTableRowElement;
  readonly size: HTMLElement;
  readonly price: HTMLElement;
  readonly rate: HTMLElement;
  readonly bar: HTMLElement;
}

/** The order book of ten levels: asks above in falling order, bids below, bars by size. */
export class OrderBook {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #lines: readonly Line[];
  readonly #table: HTMLElement;
  readonly #scroller = h("div", { class: "scroll book-scroll", tabindex: -1 });
  #centred = false;
  readonly #note = h("div");
  readonly #spread = h("span", { class: "count" });
  readonly #totalAsk = h("td", { class: "num" });
  readonly #totalBid = h("td", { class: "num" });

  /** @param pressed Called with a price of the book that was pressed. */
  constructor(context: ViewContext, pressed: (price: number) => void) {
    const { say } = this.#context = context;
    this.#lines = Array.from({ length: 2 * DEPTH }, (_, at) => makeLine(at < DEPTH ? "ask" : "bid", pressed));
    this.#table = h(
      "table",
      { class: "book", "aria-label": say("book.title") },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", class: "num" }, say("book.ask")),
          h("th", { scope: "col" }, say("book.price")),
          h("th", { scope: "col" }, say("book.bid")),
        ),
      ),
      h("tbody", {}, ...this.#lines.map((line) => line.element)),
      h(
        "tfoot",
        {},
        h("tr", {}, this.#totalAsk, h("th", { scope: "row" }, say("book.total")), this.#totalBid),
      ),
    );
    this.element = h(
      "section",
      { class: "book-panel", "aria-label": say("book.title") },
      h("header", { class: "sub-head" }, h("h3", {}, say("book.title")), this.#spread),
      this.#scroller,
      this.#note,
    );
    this.#scroller.append(this.#table);
    this.show(undefined, 0, undefined);
  }

  /** Shows a book; `base` is yesterday's close, `last` the last price, both in won. */
  show(quote: Quote | undefined, base: number, last: number | undefined): void {
    const { say } = this.#context;
    this.#table.hidden = quote === undefined;
    setText(this.#spread, "");
    if (quote === undefined) return fill(this.#note, emptyNote(say("book.empty")));
    fill(this.#note);
    const { asks, bids } = quote;
    const most = Math.max(1, ...asks.map(([, size]) => size), ...bids.map(([, size]) => size));
    for (let level = 0; level < DEPTH; level++) {
      showLevel(this.#lines[DEPTH - 1 - level] as Line, asks[level], { base, last, most });
      showLevel(this.#lines[DEPTH + level] as Line, bids[level], { base, last, most });
    }
    this.#centre();
    setText(this.#totalAsk, whole(quote.totalAskSize));
    setText(this.#totalBid, whole(quote.totalBidSize));
    const [bestAsk] = asks[0] ?? [0];
    const [bestBid] = bids[0] ?? [0];
    if (quote.expectedPrice) {
      const values = { price: whole(quote.expectedPrice), volume: whole(quote.expectedVolume ?? 0) };
      setText(this.#spread, say("book.expected", values));
    } else if (bestAsk > 0 && bestBid > 0) {
      setText(this.#spread, say("book.spread", { spread: whole(bestAsk - bestBid) }));
    }
  }

  /** Where not all levels fit, the best ones are in sight. */
  #centre(): void {
    if (this.#centred || this.#scroller.clientHeight === 0) return;
    this.#centred = true;
    this.#scroller.scrollTop = (this.#scroller.scrollHeight - this.#scroller.clientHeight) / 2;
  }
}

function makeLine(side: "ask" | "bid", pressed: (price: number) => void): Line {
  const bar = h("i", { class: "bar", "aria-hidden": "true" });
  const size = h("span");
  const price = h("button", {
    type: "button",
    class: "book-price",
    onclick: () => pressed(Number((price.textContent ?? "").replaceAll(",", ""))),
  });
  const rate = h("span", { class: "under" });
  const full = h("td", { class: `num size ${side}` }, bar, size);
  const none = h("td", { class: "blank" });
  const middle = h("td", { class: "level" }, price, rate);
  const cells = side === "ask" ? [full, middle, none] : [none, middle, full];
  return { element: h("tr", { class: side }, ...cells), size, price, rate, bar };
}

function showLevel(
  line: Line,
  level: Level | undefined,
  about: { base: number; last: number | undefined; most: number },
): void {
  const [price, size] = level ?? [0, 0];
  const there = price > 0;
  setText(line.price, there ? whole(price) : "");
  line.price.hidden = !there;
  setText(line.size, there ? whole(size) : "");
  setText(line.rate, there && about.base > 0 ? signedRate((price - about.base) / about.base * 100) : "");
  line.element.dataset.way = wayOf(there && about.base > 0 ? price - about.base : 0);
  line.element.classList.toggle("last", there && price === about.last);
  line.bar.style.width = `${there ? (size / about.most * 100).toFixed(1) : 0}%`;
}
