import { CANARY_SYMBOL } from "../market/symbol.ts";
import { dayOfDate } from "../market/seoul_time.ts";
import { highOf, isOfMarket, lowOf, RULE_MARKETS, type SymbolReference } from "../market/reference.ts";
import { SPANS } from "../rules/measures/spans.ts";
import {
  NO_MARKET,
  REFERENCE_BASE,
  REFERENCE_DAY,
  REFERENCE_HIGHS,
  REFERENCE_LOWS,
  REFERENCE_SUMS,
  STATE_CODE,
} from "../../wasm/layout.ts";
import { type EngineExports, packSymbol } from "./module.ts";
import type { Views } from "./views.ts";

/** The symbols by their index in the module, which adds those it meets in trades by itself. */
export class Symbols {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #indexes = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [];

  constructor(wasm: EngineExports, views: Views) {
    this.#wasm = wasm;
    this.#views = views;
  }

  /** A symbol's index; it is given one where it has none. */
  indexOf(symbol: string): number {
    const known = this.#indexes.get(symbol);
    if (known !== undefined) return known;
    const { low, high } = packSymbol(symbol);
    const index = this.#wasm.addSymbolCode(low, high);
    this.#indexes.set(symbol, index);
    if (symbol === CANARY_SYMBOL) this.#wasm.setMarkets(index, NO_MARKET);
    return index;
  }

  /** The symbol of an index. */
  textOf(index: number): string {
    return this.#texts[index] ??= this.#read(index);
  }

  /** Takes what is known of a symbol on a day. */
  setReference(reference: SymbolReference): void {
    const index = this.indexOf(reference.symbol);
    const { candles } = reference;
    const at = this.#wasm.setReference(index, candles.length + 1) >>> 3;
    const numbers = this.#views.f64;
    numbers[at + (REFERENCE_DAY >> 3)] = dayOfDate(reference.date) ?? NaN;
    for (const [each, span] of SPANS.entries()) {
      if (span === "day") continue;
      numbers[at + (REFERENCE_HIGHS >> 3) + each - 1] = highOf(reference, span) ?? NaN;
      numbers[at + (REFERENCE_LOWS >> 3) + each - 1] = lowOf(reference, span) ?? NaN;
    }
    numbers[at + (REFERENCE_BASE >> 3)] = reference.basePrice ?? 0;
    let sum = 0;
    numbers[at + (REFERENCE_SUMS >> 3)] = 0;
    for (let last = 1; last <= candles.length; last++) {
      sum += candles[candles.length - last]?.close ?? NaN;
      numbers[at + (REFERENCE_SUMS >> 3) + last] = sum;
    }
    const markets = RULE_MARKETS.reduce(
      (all, market, bit) => isOfMarket(reference, market) ? all | 1 << bit : all,
      0,
    );
    this.#wasm.setMarkets(index, markets);
  }

  #read(index: number): string {
    const at = (this.#wasm.stateAddress(index) >>> 0) + STATE_CODE;
    const bytes = this.#views.u8.subarray(at, at + 8);
    return String.fromCharCode(...bytes.filter((byte) => byte !== 0));
  }
}
