import type { Trade } from "../../market/trade.ts";
import type { FeedVenue, RestPrice } from "../../ports/quotations.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import type { HoleMinute } from "./gap_pages.ts";
import type { TradeGap } from "./missed.ts";
import type { FeedGap } from "./stats.ts";

/** A gap, and how it stands in the list of gaps; undefined: it is no gap that was reported. */
export interface FoundGap {
  readonly gap: TradeGap;
  readonly found: FeedGap | undefined;
}

/** Trades of a gap that REST had, oldest first. */
export interface FilledEvent {
  readonly type: "filled";
  readonly of: FoundGap;
  readonly trades: readonly Trade[];
  /** Minutes in which it had not all of them. */
  readonly holes: readonly HoleMinute[];
  /** Why some are still missing; "" when none are. */
  readonly shortfall: string;
}

/** How symbols stand that no registration was left for. */
export interface PolledEvent {
  readonly type: "polled";
  readonly venue: FeedVenue;
  readonly prices: readonly RestPrice[];
  /** When they were asked for, epoch ms. */
  readonly at: number;
}

/** What the producer makes records of. */
export type ProducerEvent = SourceEvent | FilledEvent | PolledEvent;
