import type { Symbol } from "./symbol.ts";

/** A symbol that is listed on KRX. */
export interface ListedSymbol {
  readonly symbol: Symbol;
  /** Korean short name. */
  readonly name: string;
  readonly nameEn: string;
  readonly market: "KOSPI" | "KOSDAQ";
  readonly type: "stock" | "etf" | "etn";
  /** A plausible price in won, on the tick grid: where the simulated market begins, not a quotation. */
  readonly basePrice: number;
}

/** Looks symbols up by code and by name. */
export class SymbolDirectory {
  /** Whether every symbol of the market is in it: one that is not does not exist. */
  readonly complete: boolean;
  readonly #bySymbol: ReadonlyMap<Symbol, ListedSymbol>;
  readonly #entries: readonly { readonly listed: ListedSymbol; readonly names: readonly string[] }[];

  /** @param options.complete true by default. */
  constructor(listed: readonly ListedSymbol[], options: { readonly complete?: boolean } = {}) {
    this.complete = options.complete ?? true;
    this.#bySymbol = new Map(listed.map((one) => [one.symbol, one]));
    this.#entries = listed.map((one) => ({
      listed: one,
      names: [fold(one.symbol), fold(one.name), fold(one.nameEn)],
    }));
  }

  get(symbol: Symbol): ListedSymbol | undefined {
    return this.#bySymbol.get(symbol);
  }

  all(): readonly ListedSymbol[] {
    return this.#entries.map((entry) => entry.listed);
  }

  /** Those whose code or name begins with the text, then those that hold it, at most `limit`. "" finds the first. */
  search(text: string, limit: number): readonly ListedSymbol[] {
    const wanted = fold(text);
    const begins = this.#entries.filter(({ names }) => names.some((name) => name.startsWith(wanted)));
    const holds = this.#entries.filter(({ names }) =>
      names.some((name) => name.includes(wanted)) && !names.some((name) => name.startsWith(wanted))
    );
    return [...begins, ...holds].slice(0, Math.max(0, limit)).map((entry) => entry.listed);
  }

  /** The symbol that was probably meant: one digit or letter off, missing or exchanged. */
  closest(symbol: string): ListedSymbol | undefined {
    const wanted = symbol.trim().toUpperCase();
    if (wanted.length > 12) return undefined;
    const padded = wanted.padStart(6, "0");
    let best: { listed: ListedSymbol; distance: number } | undefined;
    for (const { listed } of this.#entries) {
      const distance = Math.min(editDistance(wanted, listed.symbol), editDistance(padded, listed.symbol));
      if (distance <= 2 && (best === undefined || distance < best.distance)) best = { listed, distance };
    }
    return best?.listed;
  }
}

/** Names are compared without case and blanks. */
function fold(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/\s+/g, "");
}

/** How many characters must be put in, taken out, changed or exchanged with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    const above = rows[row - 1] as number[];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        (above[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (rows[row - 2]?.[column - 2] as number) + 1);
      }
      current.push(least);
    }
    rows.push(current);
  }
  return rows[a.length]?.[b.length] as number;
}
