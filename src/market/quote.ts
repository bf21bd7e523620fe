import type { Symbol } from "./symbol.ts";

/** One level of an order book: price in won, size in shares. */
export type Level = readonly [price: number, size: number];

/** One order-book snapshot as it is on the `quotes` topic. `asks[0]` and `bids[0]` are the best. */
export interface Quote {
  readonly symbol: Symbol;
  /** Epoch ms, UTC. */
  readonly eventTime: number;
  readonly asks: readonly Level[];
  readonly bids: readonly Level[];
  readonly totalAskSize: number;
  readonly totalBidSize: number;
  readonly venue?: "KRX" | "NXT" | "UN";
  /** KIS HOUR_CLS_CODE, absent is "0". */
  readonly session?: string;
  /** Expected price and volume of a running auction, where there is one (KIS ANTC_CNPR, ANTC_CNQN). */
  readonly expectedPrice?: number;
  readonly expectedVolume?: number;
  readonly accVolume?: number;
  /** The other fields the feed gave, by the names of `market/kis/fields.ts`. */
  readonly [extra: string]: unknown;
}
