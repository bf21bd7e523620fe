import { encodeBase64Url } from "hono/utils/encode";
import type { TurnTaker } from "../turns.ts";
import { badRequest } from "./problem.ts";

/** A place in a sorted list: the sort's name and the keys of the last item that was answered. */
export type CursorKeys = readonly (string | number)[];

/** A cursor as text. It names the sort, so that it cannot be used with another. */
export function encodeCursor(sort: string, keys: CursorKeys): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify([sort, ...keys])).buffer);
}

/** @throws {HttpProblem} 400 when the text is no cursor of this sort. */
export function decodeCursor(text: string, sort: string, count: number): CursorKeys {
  const fault = () =>
    badRequest("cursor", "bad_cursor", "must be the nextCursor of a page of the same list and sort", text);
  let parts: unknown;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    parts = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))),
    );
  } catch {
    throw fault();
  }
  if (!Array.isArray(parts) || parts.length !== count + 1 || parts[0] !== sort) throw fault();
  const keys = parts.slice(1);
  if (!keys.every((key) => typeof key === "string" || typeof key === "number")) throw fault();
  return keys;
}

/** Orders two lists of keys of the same types. */
function compareKeys(a: CursorKeys, b: CursorKeys): number {
  for (let index = 0; index < a.length; index++) {
    if (a[index]! < b[index]!) return -1;
    if (a[index]! > b[index]!) return 1;
  }
  return 0;
}

/** A page of a list, as it is answered. */
export interface Page<V> {
  readonly data: V[];
  readonly nextCursor: string | null;
}

/** Items that are examined, and shown, in one turn: a few milliseconds. */
const EXAMINED_A_TURN = 2_000;
const SHOWN_A_TURN = 100;
/** Items of a page where the query does not say. */
const PAGE_ITEMS = 100;

/**
 * The page of items a query asks for: those that follow its cursor in the order of the sort.
 *
 * @param options.sort the sort's name; descending when it begins with `-`.
 * @param options.keys what an item is sorted by; no two items have the same keys.
 * @param options.keyCount how many keys there are; 2 by default.
 * @param options.matches whether an item is asked for; all are where it is absent.
 * @param options.view an item as it is answered.
 * @param options.turns the request's: a tenant may have a million items, and others are served in between.
 */
export async function pageOfItems<T, V>(
  items: Iterable<T>,
  query: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  options: {
    readonly sort: string;
    readonly keys: (item: T) => CursorKeys;
    readonly keyCount?: number;
    readonly matches?: (item: T) => boolean;
    readonly view: (item: T) => V;
    readonly turns: TurnTaker;
  },
): Promise<Page<V>> {
  const { sort, keys, keyCount = 2, matches, view, turns } = options;
  const limit = query.limit ?? PAGE_ITEMS;
  const sign = sort.startsWith("-") ? -1 : 1;
  const order = (a: { keys: CursorKeys }, b: { keys: CursorKeys }) => sign * compareKeys(a.keys, b.keys);
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, sort, keyCount);
  let kept: { item: T; keys: CursorKeys }[] = [];
  let examined = 0;
  for (const item of items) {
    if (++examined % EXAMINED_A_TURN === 0) await turns.take();
    if (matches?.(item) === false) continue;
    const own = keys(item);
    if (after !== undefined && sign * compareKeys(own, after) <= 0) continue;
    kept.push({ item, keys: own });
    // Keep a little over one page while examining everything: never more than three pages in memory.
    if (kept.length > 3 * limit + 64) kept = kept.sort(order).slice(0, limit + 1);
  }
  kept.sort(order);
  const page = kept.slice(0, limit);
  const last = page.at(-1);
  const data: V[] = [];
  for (const { item } of page) {
    if (data.length % SHOWN_A_TURN === SHOWN_A_TURN - 1) await turns.take();
    data.push(view(item));
  }
  return {
    data,
    nextCursor: kept.length > limit && last !== undefined ? encodeCursor(sort, last.keys) : null,
  };
}
