import type { Venue } from "../../market/calendar.ts";
import { STATUS_TR } from "../../market/kis/status_record.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { FeedVenue } from "../../ports/quotations.ts";
import type { FeedUnit } from "./messages.ts";

export type { FeedVenue } from "../../ports/quotations.ts";

/** The TR of trades. */
export const TRADE_TR = { KRX: "H0STCNT0", NXT: "H0NXCNT0", UN: "H0UNCNT0" } as const;
const QUOTE_TR = { KRX: "H0STASP0", NXT: "H0NXASP0", UN: "H0UNASP0" } as const;

/** The marketplaces whose sessions count. */
export const MARKETPLACES: Readonly<Record<FeedVenue | "auto", readonly Venue[]>> = {
  KRX: ["KRX"],
  NXT: ["NXT"],
  UN: ["KRX", "NXT"],
  auto: ["KRX", "NXT"],
};

/** Whether a TR is of trades. */
export function isTradeTr(trId: string): boolean {
  return (Object.values(TRADE_TR) as string[]).includes(trId);
}

/** What is wanted of symbols. */
export interface WantedUnits {
  /** Most important first. */
  readonly symbols: readonly Symbol[];
  /** Of these a rule asks for halts and volatility interruptions. */
  readonly statuses: ReadonlySet<Symbol>;
  /** No order books. */
  readonly tradesOnly: boolean;
  /** Halts and volatility interruptions of all others too, where registrations are left. */
  readonly allStatuses: boolean;
  readonly venueOf: (symbol: Symbol) => FeedVenue;
}

/**
 * What is to be registered, most important first: all trades, the halts and interruptions that rules ask for, then order
 * books, then the halts of the others.
 */
export function unitsOf({ symbols, statuses, tradesOnly, allStatuses, venueOf }: WantedUnits): FeedUnit[] {
  const of = (trs: Readonly<Record<FeedVenue, string>>, some: readonly Symbol[]) =>
    some.map((symbol) => ({ trId: trs[venueOf(symbol)], symbol }));
  const asked = symbols.filter((symbol) => statuses.has(symbol));
  const others = allStatuses ? symbols.filter((symbol) => !statuses.has(symbol)) : [];
  return [
    ...of(TRADE_TR, symbols),
    ...of(STATUS_TR, asked),
    ...(tradesOnly ? [] : of(QUOTE_TR, symbols)),
    ...of(STATUS_TR, others),
  ];
}
