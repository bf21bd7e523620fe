import { type Continuity, ContinuityTracker } from "../../market/continuity.ts";
import { DayRanges, type SeenDay, unseenExtremes } from "../../market/day_range.ts";
import { MinuteRanges } from "../../market/minute_ranges.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";

/** Trades that were made and not seen: between two cumulative volumes of a symbol's day. */
export interface TradeGap {
  readonly symbol: Symbol;
  /** The last trade before it, where one is known of that day. */
  readonly before: Trade | undefined;
  /** The trade that gave it away. */
  readonly next: Trade;
  /** Shares traded so far before it, and at its end. */
  readonly after: number;
  readonly upTo: number;
  /** Nothing older is of use, epoch ms. */
  readonly notBefore: number;
}

/** From when on trades of a symbol matter though nobody saw them, epoch ms; undefined: only what follows a trade. */
export type SinceOf = (symbol: Symbol) => number | undefined;

/** What a trade turned out to be. */
export type Judged =
  | { readonly is: "duplicate" }
  | {
    readonly is: "next" | "behind" | "gap";
    /** Shares traded unseen between the trade before and it. */
    readonly missedVolume: number;
    /** Trades before it that its day's high and low give away. */
    readonly unseen: readonly Trade[];
    /** What could be filled; also where the feed begins in the day, which is no gap to be reported. */
    readonly gap: TradeGap | undefined;
  };

/** Gaps that are found while the log is read back, at most: of more the newest are of use. */
const MAX_RESTORED = 1_000;

interface RestoredGap {
  readonly gap: TradeGap;
  missing: number;
}

/**
 * Finds what was traded unseen: by the cumulative volume that jumps, and by the day's high and low of the trade after it.
 * One for all symbols of a feed.
 */
export class Missed {
  readonly ranges = new DayRanges();
  readonly minutes = new MinuteRanges();
  readonly #continuity = new ContinuityTracker();
  readonly #sinceOf: SinceOf;
  /** The time of the last trade of a symbol, on whatever venue: what that one saw need not be mended on another. */
  readonly #heard = new Map<Symbol, number>();
  #restored: RestoredGap[] = [];

  constructor(sinceOf: SinceOf = () => undefined) {
    this.#sinceOf = sinceOf;
  }

  /** Judges the next trade of its symbol, and remembers it. */
  judge(trade: Trade): Judged {
    const continuity = this.#continuityOf(trade);
    if (continuity.is === "duplicate") return continuity;
    const missedVolume = continuity.is === "gap" ? continuity.missedVolume : 0;
    const plain = { is: continuity.is, missedVolume, unseen: [], gap: undefined };
    if (!isTraded(trade)) return plain;
    const seen = this.ranges.of(trade, trade.eventTime);
    this.#see(trade);
    const since = this.#missedSince(trade, continuity, seen);
    this.#heard.set(trade.symbol, Math.max(this.#heard.get(trade.symbol) ?? 0, trade.eventTime));
    if (since === undefined) return plain;
    const unseen = unseenExtremes(trade, seen).filter(({ eventTime }) => eventTime >= since);
    for (const reached of unseen) this.minutes.see(reached);
    return { ...plain, unseen, gap: gapOf(trade, seen, since) };
  }

  /** Takes note of a trade that is on the log already. */
  restore(trade: Trade): void {
    const seen = this.ranges.of(trade, trade.eventTime);
    const continuity = this.#continuityOf(trade);
    if (isTraded(trade)) {
      this.#see(trade);
      this.#heard.set(trade.symbol, trade.eventTime);
    }
    if (continuity.is === "gap") {
      this.#restored.push({ gap: gapOf(trade, seen, 0), missing: continuity.missedVolume });
      if (this.#restored.length > MAX_RESTORED) this.#restored.shift();
    }
    if (trade.origin !== "filled") return;
    for (const restored of this.#restored) {
      if (isWithin(trade, restored.gap)) restored.missing -= trade.volume;
    }
  }

  /** The gaps of a day that were on the log and have not been filled: a crash came before. Answered once. */
  openGaps(now: number): readonly TradeGap[] {
    const today = seoulDay(now);
    const open = this.#restored.filter(({ gap, missing }) =>
      missing > 0 && seoulDay(gap.next.eventTime) === today
    );
    this.#restored = [];
    return open.map(({ gap }) => gap);
  }

  #see(trade: Trade): void {
    this.ranges.see(trade);
    this.minutes.see(trade);
  }

  /** Of a polled trade the volume is nobody's. */
  #continuityOf(trade: Trade): Continuity {
    return trade.origin === "polled" ? { is: "next" } : this.#continuity.judge(trade);
  }

  /** From when on unseen trades matter, epoch ms; undefined: none were missed, or none that matter. */
  #missedSince(trade: Trade, continuity: Continuity, seen: SeenDay | undefined): number | undefined {
    if (seen !== undefined) return continuity.is === "gap" ? 0 : undefined;
    if (trade.origin !== undefined || trade.accVolume <= trade.volume) return undefined;
    const since = this.#sinceOf(trade.symbol);
    return since === undefined ? undefined : Math.max(since, this.#heard.get(trade.symbol) ?? 0);
  }
}

function gapOf(next: Trade, seen: SeenDay | undefined, notBefore: number): TradeGap {
  const after = seen?.last?.accVolume ?? 0;
  return {
    symbol: next.symbol,
    before: seen?.last,
    next,
    after,
    upTo: next.accVolume - next.volume,
    notBefore,
  };
}

function isWithin(trade: Trade, { next, after, upTo }: TradeGap): boolean {
  return trade.symbol === next.symbol && trade.venue === next.venue && trade.accVolume > after &&
    trade.accVolume <= upTo;
}

/** An expected price of an auction trades nothing. */
function isTraded(trade: Trade): boolean {
  return trade.session === undefined || trade.session === "0";
}
