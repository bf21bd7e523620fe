import { seoulDay } from "./seoul_time.ts";
import type { Symbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";

/** How many trades of a symbol are remembered at most, to distinguish a duplicate from a trade that came late. */
const REMEMBERED = 2_048;
const FIRST_REMEMBERED = 32;
const FIELDS = 4;

/** What a trade's cumulative volume says of it. */
export type Continuity =
  /** It goes on from the trade before it, or there is nothing yet to compare it with. */
  | { readonly is: "next" }
  /** Shares were traded between the last one and it that were not seen. */
  | { readonly is: "gap"; readonly missedVolume: number }
  /** A record that has been published already. */
  | { readonly is: "duplicate" }
  /** Its cumulative volume has not risen, but it is none of those that were seen: a late one. */
  | { readonly is: "behind" };

interface State {
  day: number;
  accVolume: number;
  /** A ring of (whole second, price, volume, cumulative volume) of the trades that were seen; it grows to its limit. */
  seen: Float64Array;
  /** Where in the ring the next one goes. */
  next: number;
}

/**
 * Finds gaps and duplicates by the cumulative volume of the day (KIS ACML_VOL), which must grow by the volume of each
 * trade (CNTG_VOL); KIS gives no sequence number. One for each symbol and venue.
 *
 * Two different trades with one cumulative volume have been recorded from the real market: only a record that is equal
 * in second, price, volume and cumulative volume is a duplicate.
 */
export class ContinuityTracker {
  readonly #states = new Map<string, State>();

  /** Judges the next trade of its symbol, and remembers it. */
  judge(trade: Trade): Continuity {
    const key = trade.venue === undefined ? trade.symbol : `${trade.symbol}@${trade.venue}`;
    const day = seoulDay(trade.eventTime);
    const state = this.#states.get(key);
    if (state === undefined || day > state.day) {
      const fresh = {
        day,
        accVolume: trade.accVolume,
        seen: new Float64Array(FIRST_REMEMBERED * FIELDS),
        next: 0,
      };
      this.#states.set(key, fresh);
      remember(fresh, trade);
      return { is: "next" };
    }
    const risen = day === state.day && trade.accVolume > state.accVolume;
    // Auctions' expected prices trade nothing: their volume says nothing of a gap, and does not move ours on. So after a
    // gap they stand above it, and are looked up however high their volume is.
    const expected = trade.session !== undefined && trade.session !== "0";
    if ((!risen || expected) && seen(state, trade)) return { is: "duplicate" };
    remember(state, trade);
    if (expected) return { is: "next" };
    if (!risen) return { is: day === state.day && trade.accVolume === state.accVolume ? "next" : "behind" };
    const missedVolume = trade.accVolume - state.accVolume - trade.volume;
    state.accVolume = trade.accVolume;
    return missedVolume > 0 ? { is: "gap", missedVolume } : { is: "next" };
  }

  /** The highest cumulative volume seen of a symbol on its latest day. */
  accVolume(symbol: Symbol): number | undefined {
    return this.#states.get(symbol)?.accVolume;
  }
}

function remember(state: State, trade: Trade): void {
  const at = state.next * FIELDS;
  state.seen[at] = Math.floor(trade.eventTime / 1000);
  state.seen[at + 1] = trade.price;
  state.seen[at + 2] = trade.volume;
  state.seen[at + 3] = trade.accVolume;
  state.next++;
  if (state.next * FIELDS < state.seen.length) return;
  if (state.next < REMEMBERED) {
    const grown = new Float64Array(state.seen.length * 2);
    grown.set(state.seen);
    state.seen = grown;
  } else state.next = 0;
}

function seen(state: State, trade: Trade): boolean {
  const second = Math.floor(trade.eventTime / 1000);
  for (let at = 0; at < state.seen.length; at += FIELDS) {
    if (
      state.seen[at + 3] === trade.accVolume && state.seen[at + 1] === trade.price &&
      state.seen[at + 2] === trade.volume && state.seen[at] === second
    ) return true;
  }
  return false;
}
