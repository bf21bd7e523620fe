import { encodeBase64Url } from "hono/utils/encode";
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
export function compareKeys(a: CursorKeys, b: CursorKeys): number {
  for (let index = 0; index < a.length; index++) {
    if (a[index]! < b[index]!) return -1;
    if (a[index]! > b[index]!) return 1;
  }
  return 0;
}

/** One page of items after a cursor: the `limit` least by their keys (greatest when `descending`). */
export function pageOfItems<T>(items: Iterable<T>, options: {
  readonly sort: string;
  readonly descending: boolean;
  readonly keys: (item: T) => CursorKeys;
  readonly keyCount: number;
  readonly cursor: string | undefined;
  readonly limit: number;
}): { readonly items: readonly T[]; readonly nextCursor: string | null } {
  const { sort, descending, keys, limit } = options;
  const sign = descending ? -1 : 1;
  const order = (a: { keys: CursorKeys }, b: { keys: CursorKeys }) => sign * compareKeys(a.keys, b.keys);
  const after = options.cursor === undefined
    ? undefined
    : decodeCursor(options.cursor, sort, options.keyCount);
  let kept: { item: T; keys: CursorKeys }[] = [];
  for (const item of items) {
    const own = keys(item);
    if (after !== undefined && sign * compareKeys(own, after) <= 0) continue;
    kept.push({ item, keys: own });
    // Keep a little over one page while looking at everything: never more than three pages in memory.
    if (kept.length > 3 * limit + 64) kept = kept.sort(order).slice(0, limit + 1);
  }
  kept.sort(order);
  const page = kept.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    nextCursor: kept.length > limit && last !== undefined ? encodeCursor(sort, last.keys) : null,
  };
}
