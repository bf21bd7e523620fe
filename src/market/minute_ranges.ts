import type { Symbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";

/** How far prices went in a minute, won. */
export interface MinuteRange {
  readonly high: number;
  readonly low: number;
}

const MINUTE_MS = 60_000;
/** Minutes of a symbol that are remembered, the newest: a gap is mended within a few. */
const REMEMBERED = 10;

interface Kept {
  readonly minute: number;
  high: number;
  low: number;
}

/** How far prices have been seen to go in the newest minutes, by symbol and venue. */
export class MinuteRanges {
  readonly #kept = new Map<string, Kept[]>();

  /** Takes note of a trade. */
  see({ symbol, venue, eventTime, price }: Pick<Trade, "symbol" | "venue" | "eventTime" | "price">): void {
    const key = keyOf(symbol, venue);
    const minute = Math.floor(eventTime / MINUTE_MS);
    let minutes = this.#kept.get(key);
    if (minutes === undefined) this.#kept.set(key, minutes = []);
    const range = minutes.findLast((one) => one.minute === minute);
    if (range !== undefined) {
      range.high = Math.max(range.high, price);
      range.low = Math.min(range.low, price);
      return;
    }
    if (minutes.length === REMEMBERED && minute < (minutes[0] as Kept).minute) return;
    minutes.splice(minutes.findLastIndex((one) => one.minute < minute) + 1, 0, {
      minute,
      high: price,
      low: price,
    });
    if (minutes.length > REMEMBERED) minutes.shift();
  }

  /**
   * What was seen in the minute of a time: nothing is a high of 0.
   *
   * @returns undefined where the minute is older than what is remembered.
   */
  of(key: { readonly symbol: Symbol; readonly venue?: Trade["venue"] }, at: number): MinuteRange | undefined {
    const minute = Math.floor(at / MINUTE_MS);
    const minutes = this.#kept.get(keyOf(key.symbol, key.venue)) ?? [];
    if (minutes.length === REMEMBERED && minute < (minutes[0] as Kept).minute) return undefined;
    return minutes.find((one) => one.minute === minute) ?? { high: 0, low: Infinity };
  }
}

function keyOf(symbol: Symbol, venue: Trade["venue"]): string {
  return venue === undefined ? symbol : `${symbol}@${venue}`;
}
