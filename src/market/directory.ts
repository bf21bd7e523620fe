import { isOfMarket, type RuleMarket, type SecurityKind, type SymbolReference } from "./reference.ts";
import type { Symbol } from "./symbol.ts";

/** A symbol that is listed on KRX. */
export interface ListedSymbol {
  readonly symbol: Symbol;
  /** Korean short name. */
  readonly name: string;
  readonly nameEn: string;
  readonly market: "KOSPI" | "KOSDAQ";
  readonly type: SecurityKind;
  /** 기준가 in won; of the list in the source a plausible price, where the simulated market begins. 0: not known. */
  readonly basePrice: number;
}

/** Whether a rule for a market is for this symbol. */
export function isListedOn({ market, type }: ListedSymbol, wanted: RuleMarket | "*"): boolean {
  return isOfMarket({ market, kind: type }, wanted);
}

/** What a list alone says of a symbol: its names and market, and nothing of any day. */
export function referenceOfListed(
  { symbol, name, nameEn, market, type: kind }: ListedSymbol,
): SymbolReference {
  return {
    symbol,
    date: "19700101",
    name,
    nameEn,
    market,
    kind,
    basePrice: null,
    halted: false,
    liquidation: false,
    administrative: false,
    warning: "none",
    masterDate: null,
    listedOn: null,
    nxt: null,
    upperLimit: null,
    lowerLimit: null,
    high52w: null,
    low52w: null,
    candles: [],
  };
}

interface Entry {
  readonly listed: ListedSymbol;
  readonly reference: SymbolReference | undefined;
}

/** Symbols by their code; by their names: `search_directory.ts`. Begins with a list, and learns what the `reference` topic has of each. */
export class SymbolDirectory {
  /** Whether every symbol of the market is in it: one that is not does not exist. */
  readonly complete: boolean;
  readonly #entries = new Map<Symbol, Entry>();

  /** @param options.complete true by default. */
  constructor(listed: readonly ListedSymbol[], options: { readonly complete?: boolean } = {}) {
    this.complete = options.complete ?? true;
    for (const one of listed) this.#entries.set(one.symbol, { listed: one, reference: undefined });
  }

  get(symbol: Symbol): ListedSymbol | undefined {
    return this.#entries.get(symbol)?.listed;
  }

  /** What is known of a symbol on the newest day. */
  reference(symbol: Symbol): SymbolReference | undefined {
    return this.#entries.get(symbol)?.reference;
  }

  all(): readonly ListedSymbol[] {
    return [...this.#entries.values()].map((entry) => entry.listed);
  }

  /** Takes over what is known of a symbol; an English name that is not known stays as it was. */
  learn(reference: SymbolReference): void {
    const { symbol, name, market, kind, basePrice } = reference;
    const before = this.#entries.get(symbol)?.listed;
    const listed = {
      symbol,
      name,
      nameEn: reference.nameEn ?? before?.nameEn ?? name,
      market,
      type: kind,
      basePrice: basePrice ?? before?.basePrice ?? 0,
    };
    this.#entries.set(symbol, { listed, reference });
  }

  /** A symbol that is listed no more. */
  forget(symbol: Symbol): void {
    this.#entries.delete(symbol);
  }
}
