import type { Venue } from "../../market/calendar.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Unit } from "./messages.ts";

/** What is subscribed: KRX, NXT, or both consolidated. */
export type FeedVenue = "KRX" | "NXT" | "UN";

/** The TR of trades. */
export const TRADE_TR = { KRX: "H0STCNT0", NXT: "H0NXCNT0", UN: "H0UNCNT0" } as const;
const QUOTE_TR = { KRX: "H0STASP0", NXT: "H0NXASP0", UN: "H0UNASP0" } as const;
const STATUS_TR = "H0STMKO0";

/** The marketplaces whose sessions count. */
export const MARKETPLACES: Readonly<Record<FeedVenue, readonly Venue[]>> = {
  KRX: ["KRX"],
  NXT: ["NXT"],
  UN: ["KRX", "NXT"],
};

/** What is to be registered for symbols, most important first: all trades, then order books, then halts. */
export function unitsOf(
  symbols: readonly Symbol[],
  what: { readonly venue: FeedVenue; readonly tradesOnly: boolean; readonly statuses: boolean },
): Unit[] {
  const of = (trId: string) => symbols.map((symbol) => ({ trId, symbol }));
  const trades = of(TRADE_TR[what.venue]);
  if (what.tradesOnly) return trades;
  return [...trades, ...of(QUOTE_TR[what.venue]), ...(what.statuses ? of(STATUS_TR) : [])];
}
