import { fill, h } from "../base/dom.ts";
import { writeRoute } from "../state/route.ts";
import { joined, listQuery, type WatchList } from "../state/watch_lists.ts";
import type { ViewContext } from "./context.ts";

/** What can be done with the list that is shown: kept where the address brought it, shared, deleted. */
export function showListBar(
  element: HTMLElement,
  context: ViewContext,
  given: {
    /** As the address has it. */
    readonly asked: WatchList | undefined;
    readonly own: WatchList | undefined;
  },
): void {
  const { say, state, notify } = context;
  const { asked, own } = given;
  element.hidden = asked === undefined;
  if (asked === undefined) return fill(element);
  const chip = (words: string, act: () => void) =>
    h("button", { type: "button", class: "chip", onclick: act }, words);
  const more = asked.symbols.filter((symbol) => !own?.symbols.includes(symbol)).length;
  const change = (lists: readonly WatchList[]) => {
    if (lists === state.lists.value) return notify(say("lists.most"), "bad");
    state.lists.set(lists);
    element.querySelector("button")?.focus();
  };
  const keep = () => change(joined(state.lists.value, asked));
  const share = async () => {
    const url = new URL(writeRoute({ view: "prices", query: listQuery(asked) }), location.href).href;
    try {
      await (navigator.share?.({ title: asked.name, url }) ??
        navigator.clipboard.writeText(url).then(() => notify(say("lists.copied"))));
    } catch (thrown) {
      // Who closes the sheet has shared nothing, and knows it.
      if (!(thrown instanceof DOMException && thrown.name === "AbortError")) {
        notify(say("lists.notcopied"), "bad");
      }
    }
  };
  // What it had stays in the address: it can be kept again at once.
  const remove = () => change(state.lists.value.filter(({ name }) => name !== asked.name));
  fill(
    element,
    own === undefined
      ? chip(say("lists.keep", { name: asked.name }), keep)
      : more > 0 && chip(say("lists.more", { count: more }), keep),
    chip(say("lists.share"), () => void share()),
    own !== undefined && chip(say("lists.delete"), remove),
  );
}
