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
export interface Row {
  readonly listed: Listed;
  /** Lower-case text that a search looks in. */
  readonly searchText: string;
  trade: Trade | undefined;
  /** The way the price moved last, for the flash. */
  moved: "up" | "down" | undefined;
  /** Rises with every trade: says to a view whether it has shown this state. */
  revision: number;
}

export const SORT_KEYS = ["listing", "symbol", "price", "change", "rate", "volume"] as const;
export type SortKey = typeof SORT_KEYS[number];
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export type RowFilter = "all" | "up" | "down" | "limit" | "ruled";

/** The market as the console knows it: the last trade of every symbol. Changed in place; views look once a frame. */
export class MarketState {
  readonly rows = new Map<string, Row>();
  /** Trades taken since the page was opened. */
  received = 0;

  /** Sets the known symbols; those already known keep their prices. */
  list(listed: readonly Listed[]): void {
    for (const one of listed) {
      const known = this.rows.get(one.symbol);
      this.rows.set(one.symbol, { ...emptyRow(one), ...known, listed: one, searchText: searchTextOf(one) });
    }
  }

  /** Takes trades in their order; an older one than the symbol's last is left out. Answers the symbols that changed. */
  apply(trades: readonly Trade[]): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const trade of trades) {
      const row = this.rows.get(trade.symbol) ?? this.#unlisted(trade);
      const last = row.trade;
      if (last !== undefined && trade.eventTime < last.eventTime) continue;
      if (last !== undefined && trade.price !== last.price) {
        row.moved = trade.price > last.price ? "up" : "down";
      }
      row.trade = trade;
      row.revision++;
      changed.add(trade.symbol);
    }
    this.received += trades.length;
    return changed;
  }

  /** A symbol that trades without being listed still has its line. */
  #unlisted(trade: Trade): Row {
    const basePrice = trade.price - trade.change;
    const listed = { symbol: trade.symbol, name: trade.symbol, nameEn: "", market: "", type: "", basePrice };
    const row = emptyRow(listed);
    this.rows.set(trade.symbol, row);
    return row;
  }
}

function emptyRow(listed: Listed): Row {
  return { listed, searchText: searchTextOf(listed), trade: undefined, moved: undefined, revision: 0 };
}

function searchTextOf(listed: Listed): string {
  return `${listed.symbol} ${listed.name} ${listed.nameEn}`.toLowerCase();
}

/** What the table shows, in its order. */
export function visibleRows(
  market: MarketState,
  options: { search: string; filter: RowFilter; sorting: Sorting; ruled: ReadonlySet<string> },
): Row[] {
  const words = options.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...market.rows.values()].filter((row) =>
    words.every((word) => row.searchText.includes(word)) && passes(row, options.filter, options.ruled)
  );
  return sortRows(found, options.sorting);
}

function passes(row: Row, filter: RowFilter, ruled: ReadonlySet<string>): boolean {
  if (filter === "all") return true;
  if (filter === "ruled") return ruled.has(row.listed.symbol);
  const sign: Sign | undefined = row.trade?.sign;
  if (filter === "limit") return sign === "1" || sign === "4";
  const change = row.trade?.change ?? 0;
  return filter === "up" ? change > 0 : change < 0;
}

/** Sorts by a column; rows without a trade stay last, equal ones in the order of the listing. */
function sortRows(rows: Row[], { key, descending }: Sorting): Row[] {
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
