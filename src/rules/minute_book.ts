import { MINUTE_MS, type MinuteSum } from "../market/minute_sum.ts";
import type { Trade } from "../market/trade.ts";
import type { Minutes } from "./measures/minutes.ts";

/** The oracle's minutes of a symbol: what `MinuteCandle` says of each, by the same rules. */
export class MinuteBook {
  /** Ascending. */
  readonly #sums: MinuteSum[] = [];

  /**
   * Takes a counted trade into its minute.
   *
   * @param forming the minute that the partition's time is in: one before it has closed, and a trade that comes to it leaves
   * its close as it is, for nobody knows which was the later.
   */
  take({ eventTime, price, volume }: Trade, forming: number): void {
    const minute = Math.floor(eventTime / MINUTE_MS);
    const at = this.#placeOf(minute);
    const there = this.#sums[at];
    if (there?.minute !== minute) {
      this.#sums.splice(at, 0, { minute, high: price, low: price, close: price, volume });
    } else {
      this.#sums[at] = {
        minute,
        high: Math.max(there.high, price),
        low: Math.min(there.low, price),
        close: minute < forming ? there.close : price,
        volume: Math.min(Number.MAX_SAFE_INTEGER, there.volume + volume),
      };
    }
  }

  /** Takes a minute that is known as a whole; it replaces what there was of it. */
  put(sum: MinuteSum): void {
    const at = this.#placeOf(sum.minute);
    this.#sums.splice(at, this.#sums[at]?.minute === sum.minute ? 1 : 0, sum);
  }

  /**
   * The minutes as a trade finds them.
   *
   * @param pending whether the trade is not taken yet; it is among them either way.
   */
  at(trade: Trade, pending: boolean): Minutes {
    const now = Math.floor(trade.eventTime / MINUTE_MS);
    const place = this.#placeOf(now + 1);
    const book = this.#sums.slice(0, place);
    const { price, volume } = trade;
    if (pending && book.at(-1)?.minute === now) {
      const last = book.pop() as MinuteSum;
      const high = Math.max(last.high, price);
      book.push({
        ...last,
        high,
        low: Math.min(last.low, price),
        volume: Math.min(Number.MAX_SAFE_INTEGER, last.volume + volume),
      });
    } else if (pending) book.push({ minute: now, high: price, low: price, close: price, volume });
    return { now, sums: book };
  }

  /** The place of the first minute that is not before one. */
  #placeOf(minute: number): number {
    let at = this.#sums.length;
    while (at > 0 && (this.#sums[at - 1] as MinuteSum).minute >= minute) at--;
    return at;
  }
}
