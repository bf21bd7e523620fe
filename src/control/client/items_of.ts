import type { ApiPage } from "./types.ts";

/** A list, and whether there is more of it than was asked for. */
export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/** The most items of one page. */
const PAGE_ITEMS = 1_000;

/** Reads pages until there are as many items as are wanted; `Infinity` is the whole list. */
export async function itemsOf<T>(
  limit: number,
  page: (query: { cursor: string | undefined; limit: number }) => Promise<ApiPage<T>>,
): Promise<ListAnswer<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await page({ cursor, limit: Math.min(PAGE_ITEMS, limit - items.length) });
    items.push(...data);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items, more: cursor !== undefined };
}
