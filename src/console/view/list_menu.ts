import { fill, h, icon } from "../base/dom.ts";
import {
  listName,
  MOST_LISTS,
  MOST_NAME,
  MOST_SYMBOLS,
  toggled,
  type WatchList,
} from "../state/watch_lists.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";

/** A button that opens the reader's lists, to put a symbol on them or take it off. */
export function listMenu(context: ViewContext, symbol: string): HTMLElement {
  const { say, state, signal, notify } = context;
  const title = h("h3", { id: "list-menu-title" });
  const boxes = h("div", { class: "list-boxes" });
  const name = h("input", {
    type: "text",
    maxlength: MOST_NAME,
    placeholder: say("lists.new"),
    "aria-label": say("lists.new"),
    autocomplete: "off",
  });
  const add = h("form", { class: "desk-form" }, name, h("button", { class: "button" }, say("lists.add")));
  add.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = listName(name.value);
    const lists = state.lists.value;
    if (wanted === "") return name.focus();
    const list = lists.find((each) => each.name === wanted);
    if (list === undefined && lists.length >= MOST_LISTS) return notify(say("lists.most"), "bad");
    if (!list?.symbols.includes(symbol)) toggle(wanted, list);
    name.value = "";
  });
  const toggle = (wanted: string, list: WatchList | undefined) => {
    const isOn = list?.symbols.includes(symbol) ?? false;
    if (!isOn && (list?.symbols.length ?? 0) >= MOST_SYMBOLS) {
      return notify(say("lists.full", { count: MOST_SYMBOLS }), "bad");
    }
    state.lists.set(toggled(state.lists.value, wanted, symbol));
  };
  const box = (list: WatchList) => {
    const input = h("input", { type: "checkbox", checked: list.symbols.includes(symbol) });
    input.addEventListener("change", () => {
      toggle(list.name, list);
      const isOn = () =>
        state.lists.value.some((each) => each.name === list.name && each.symbols.includes(symbol));
      input.checked = isOn();
    });
    return h("label", {}, input, list.name, h("span", { class: "count" }, list.symbols.length));
  };
  const menu = h(
    "div",
    { class: "list-menu", popover: "auto", role: "dialog", "aria-labelledby": "list-menu-title" },
    title,
    boxes,
    add,
  );
  menu.addEventListener("toggle", () => {
    if (!menu.matches(":popover-open")) return;
    title.textContent = say("lists.title", { name: nameOf(context, symbol) });
    fill(boxes, ...state.lists.value.map(box));
    (boxes.querySelector("input") ?? name).focus();
  });
  state.lists.watch(signal, (lists) => {
    // A box that is pressed keeps the focus: drawn anew are lists that came or went.
    if (menu.matches(":popover-open") && boxes.childElementCount !== lists.length) {
      fill(boxes, ...lists.map(box));
    }
  });
  const button = h("button", {
    type: "button",
    class: "icon-button",
    "aria-label": say("lists.open"),
    title: say("lists.open"),
    "aria-haspopup": "dialog",
    onclick: () => menu.showPopover(),
  }, icon(ICONS.list));
  return h("span", { class: "lists" }, button, menu);
}
