import type { RouteQuery } from "./route.ts";

/** Symbols under a name of the reader's, kept in the browser. */
export interface WatchList {
  readonly name: string;
  readonly symbols: readonly string[];
}

export const MOST_LISTS = 30;
/** So many fit into an address that can be shared. */
export const MOST_SYMBOLS = 100;
export const MOST_NAME = 20;

const SYMBOL = /^(?:[0-9A-Z]{6}|Q[0-9]{6})$/;

/** The lists as the browser kept them; what is no list is left out. */
export function readLists(text: string | undefined): readonly WatchList[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(kept) ? kept.filter(isList).slice(0, MOST_LISTS) : [];
}

/** A name as it is kept; "" where there is none. */
export function listName(text: string): string {
  return [...text.trim().replaceAll(/\s+/g, " ")].slice(0, MOST_NAME).join("").trim();
}

/** With a symbol put on a list, which is made where there is none of the name, or taken off it. */
export function toggled(lists: readonly WatchList[], name: string, symbol: string): readonly WatchList[] {
  const list = lists.find((each) => each.name === name);
  if (list?.symbols.includes(symbol)) {
    return replaced(lists, { name, symbols: list.symbols.filter((each) => each !== symbol) });
  }
  return joined(lists, { name, symbols: [symbol] });
}

/** With what a list has put on one's own of the same name; where there is no room for more it stays as it is. */
export function joined(lists: readonly WatchList[], { name, symbols }: WatchList): readonly WatchList[] {
  const own = lists.find((each) => each.name === name);
  if (own === undefined && lists.length >= MOST_LISTS) return lists;
  const all = [...new Set([...own?.symbols ?? [], ...symbols])].slice(0, MOST_SYMBOLS);
  return own === undefined ? [...lists, { name, symbols: all }] : replaced(lists, { name, symbols: all });
}

/** What an address says of a list: who opens it sees the same symbols, whatever lists he has. */
export function listQuery({ name, symbols }: WatchList): RouteQuery {
  return { list: name, symbols: symbols.join(".") };
}

/** The list that an address says; undefined where it says none. */
export function listOf({ list = "", symbols = "" }: RouteQuery): WatchList | undefined {
  const name = listName(list);
  if (name === "") return undefined;
  return { name, symbols: symbols.split(".").filter((each) => SYMBOL.test(each)).slice(0, MOST_SYMBOLS) };
}

function replaced(lists: readonly WatchList[], list: WatchList): readonly WatchList[] {
  return lists.map((each) => each.name === list.name ? list : each);
}

function isList(value: unknown): value is WatchList {
  if (typeof value !== "object" || value === null) return false;
  const { name, symbols } = value as Partial<WatchList>;
  return typeof name === "string" && name !== "" && listName(name) === name && Array.isArray(symbols) &&
    symbols.every((each) => SYMBOL.test(String(each)));
}
