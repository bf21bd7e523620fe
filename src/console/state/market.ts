import {
  matchName,
  NAME_MATCHES,
  type NameMatch,
  type SearchNames,
  searchNamesOf,
} from "../../market/name_search.ts";
import type { Sign, Trade } from "../../market/trade.ts";

/** A symbol as `/v1/symbols` lists it. */
export interface Listed {
  readonly symbol: string;
  readonly name: string;
  readonly nameEn: string;
  readonly market: string;
  readonly type: string;
  readonly basePrice: number;
}

/** One line of the prices table. `trade` is undefined until the symbol's first trade. */
export interface PriceRow {
  readonly listed: Listed;
  /** What a search finds it by. */
  readonly names: SearchNames;
  trade: Trade | undefined;
  /** The way the price moved last, for the flash. */
  flash: "up" | "down" | undefined;
  /** Rises with every trade: says to a view whether it has shown this state. */
  revision: number;
}

const SORT_KEYS = ["listing", "symbol", "price", "change", "rate", "volume"] as const;
export type SortKey = typeof SORT_KEYS[number];
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export type RowFilter = "all" | "watched" | "up" | "down" | "limit" | "ruled";

/** The market as the console knows it: the last trade of every symbol. Changed in place; views look once a frame. */
export class MarketState {
  readonly rows = new Map<string, PriceRow>();
  /** Trades taken since the page was opened. */
  received = 0;
  /** The newest trade's own time; undefined before the first. */
  newestEvent: number | undefined;
  /** When a trade came last, by the server's clock; undefined while none is known. */
  newestAt: number | undefined;

  /** Sets the known symbols; those already known keep their prices. */
  list(listed: readonly Listed[]): void {
    for (const one of listed) {
      const known = this.rows.get(one.symbol);
      this.rows.set(one.symbol, { ...emptyRow(one), ...known, listed: one, names: searchNamesOf(one) });
    }
  }

  /**
   * Takes trades in their order; an older one than the symbol's last is left out.
   *
   * @returns the symbols that changed.
   */
  apply(trades: readonly Trade[]): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const trade of trades) {
      const row = this.rows.get(trade.symbol) ?? this.#unlisted(trade);
      const last = row.trade;
      if (last !== undefined && trade.eventTime < last.eventTime) continue;
      if (last !== undefined && trade.price !== last.price) {
        row.flash = trade.price > last.price ? "up" : "down";
      }
      row.trade = trade;
      if (trade.eventTime > (this.newestEvent ?? 0)) this.newestEvent = trade.eventTime;
      row.revision++;
      changed.add(trade.symbol);
    }
    return changed;
  }

  /** A symbol that trades without being listed still has its line. */
  #unlisted(trade: Trade): PriceRow {
    const basePrice = trade.price - trade.change;
    const listed = { symbol: trade.symbol, name: trade.symbol, nameEn: "", market: "", type: "", basePrice };
    const row = emptyRow(listed);
    this.rows.set(trade.symbol, row);
    return row;
  }
}

function emptyRow(listed: Listed): PriceRow {
  return { listed, names: searchNamesOf(listed), trade: undefined, flash: undefined, revision: 0 };
}

/** What the table shows, in its order. */
export function visibleRows(
  market: MarketState,
  options: {
    search: string;
    filter: RowFilter;
    sorting: Sorting;
    ruled: ReadonlySet<string>;
    watched: ReadonlySet<string>;
  },
): PriceRow[] {
  const passing = [...market.rows.values()].filter((row) => passes(row, options));
  const { search, sorting } = options;
  if (search.trim() === "") return sortRows(passing, sorting);
  // In the order of the listing what was meant best comes first.
  const found = findRows(passing, search);
  return sorting.key === "listing" ? found : sortRows(found, sorting);
}

/** The rows that a text means, the best first: as a whole, or all of its words. */
export function findRows(rows: Iterable<PriceRow>, text: string): PriceRow[] {
  const words = text.trim().split(/\s+/);
  const found: Record<NameMatch, PriceRow[]> = { exact: [], begins: [], holds: [] };
  for (const row of rows) {
    const all = words.every((word) => matchName(word, row.names) !== undefined);
    const match = matchName(text, row.names) ?? (all ? "holds" : undefined);
    if (match !== undefined) found[match].push(row);
  }
  return NAME_MATCHES.flatMap((match) => found[match]);
}

function passes(
  row: PriceRow,
  { filter, ruled, watched }: { filter: RowFilter; ruled: ReadonlySet<string>; watched: ReadonlySet<string> },
): boolean {
  if (filter === "all") return true;
  if (filter === "watched") return watched.has(row.listed.symbol);
  if (filter === "ruled") return ruled.has(row.listed.symbol);
  const sign: Sign | undefined = row.trade?.sign;
  if (filter === "limit") return sign === "1" || sign === "4";
  const change = row.trade?.change ?? 0;
  return filter === "up" ? change > 0 : change < 0;
}

/** Sorts by a column; rows without a trade stay last, equal ones in the order of the listing. */
function sortRows(rows: PriceRow[], { key, descending }: Sorting): PriceRow[] {
  if (key === "listing") return rows;
  const turn = descending ? -1 : 1;
  if (key === "symbol") {
    return rows.sort((a, b) => turn * a.listed.name.localeCompare(b.listed.name, "ko"));
  }
  const column = key === "volume" ? "accVolume" : key;
  return rows.sort((a, b) => {
    if (a.trade === undefined || b.trade === undefined) {
      return Number(a.trade === undefined) - Number(b.trade === undefined);
    }
    return turn * (a.trade[column] - b.trade[column]);
  });
}
