import type { SymbolReference } from "../../src/market/reference.ts";

/** What is known of a symbol, as its master file alone has it, with what is given. */
export function referenceOf(symbol: string, known: Partial<SymbolReference> = {}): SymbolReference {
  return {
    symbol,
    date: "20261130",
    name: symbol,
    nameEn: null,
    market: "KOSPI",
    kind: "stock",
    basePrice: 10_000,
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
    ...known,
  };
}
