import { fill, h } from "../base/dom.ts";
import { whole } from "../format.ts";
import { typedNumber } from "../state/condition_draft.ts";
import { percentAway, priceGrid, ticksAround } from "../state/price_help.ts";
import type { PriceRow } from "../state/market.ts";
import type { ViewContext } from "./context.ts";

/** Today's limits, the neighbours of what is typed (or of the price) on the price grid, and prices some per cent away, as buttons. */
export function showPriceHelps(
  host: HTMLElement,
  { context, row, typed, choose }: {
    readonly context: ViewContext;
    /** The symbol's; undefined: nothing is known. */
    readonly row: PriceRow | undefined;
    readonly typed: string;
    readonly choose: (price: number) => void;
  },
): void {
  const { say, state } = context;
  const trade = row?.trade;
  if (row === undefined || trade === undefined) return fill(host);
  const grid = priceGrid(row.listed, { base: trade.price - trade.change, now: state.now() });
  const button = (label: string, price: number, about: string) =>
    h("button", { type: "button", class: "chip small", title: about, onclick: () => choose(price) }, label);
  const price = Number(typedNumber(typed) ?? trade.price);
  const near = price > 0 ? ticksAround(price, grid) : [];
  fill(
    host,
    ...near.map((each) => button(whole(each), each, say("form.tick"))),
    near.length > 0 && h("span", { class: "helps-gap" }),
    ...percentAway(trade.price, grid).map(({ percent, price: away }) =>
      button(`${percent > 0 ? "+" : "−"}${Math.abs(percent)}%`, away, whole(away))
    ),
    grid.limits !== undefined &&
      h(
        "span",
        { class: "under" },
        say("form.limits", { lower: whole(grid.limits.lower), upper: whole(grid.limits.upper) }),
      ),
  );
}
