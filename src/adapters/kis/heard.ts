import type { Symbol } from "../../market/symbol.ts";
import type { Subscription } from "../../ports/tick_source.ts";
import type { FeedVenue } from "./units.ts";

interface Entry {
  venue: FeedVenue;
  /** Epoch ms. */
  readonly since: number;
  lastAt: number | undefined;
  /** Since when it might have spoken: it is registered and the regular session runs. */
  awaitedSince: number | undefined;
}

/** What {@link Heard.overdue} is asked with. */
export interface HeardAt {
  /** Epoch ms. */
  readonly now: number;
  /** Whether the regular session runs. */
  readonly regular: boolean;
  /** For how long a symbol that never spoke is waited for, ms. */
  readonly patienceMs: number;
}

/** Since when each symbol is subscribed, and when it was heard of last. */
export class Heard {
  readonly #symbols = new Map<Symbol, Entry>();
  /** When anything was heard last. */
  #lastAt = -Infinity;

  /** Takes note of what is registered now; what is not, and is not wanted either, is forgotten. */
  registered(venues: ReadonlyMap<Symbol, FeedVenue>, wanted: ReadonlySet<Symbol>, now: number): void {
    for (const [symbol, venue] of venues) {
      const entry = this.#symbols.get(symbol);
      if (entry === undefined) {
        this.#symbols.set(symbol, { venue, since: now, lastAt: undefined, awaitedSince: undefined });
      } else if (entry.venue !== venue) {
        entry.venue = venue;
        entry.awaitedSince = undefined;
      }
    }
    for (const symbol of this.#symbols.keys()) {
      if (!venues.has(symbol) && !wanted.has(symbol)) this.#symbols.delete(symbol);
    }
  }

  /** A frame of trades of a symbol came. */
  saw(symbol: Symbol, now: number): void {
    this.#lastAt = now;
    const entry = this.#symbols.get(symbol);
    if (entry !== undefined) entry.lastAt = now;
  }

  /**
   * Notes the time that passes.
   *
   * @returns the symbols that are waited for longer than one may be patient.
   */
  overdue(registered: ReadonlyMap<Symbol, FeedVenue>, { now, regular, patienceMs }: HeardAt): Symbol[] {
    const silent: Symbol[] = [];
    for (const [symbol, entry] of this.#symbols) {
      if (!regular || !registered.has(symbol)) entry.awaitedSince = undefined;
      else entry.awaitedSince ??= now;
      if (isSilent(entry, now, patienceMs)) silent.push(symbol);
    }
    return silent;
  }

  /** The subscriptions of what is registered now. */
  subscriptions(
    registered: ReadonlyMap<Symbol, FeedVenue>,
    { now, patienceMs }: Pick<HeardAt, "now" | "patienceMs">,
  ): Subscription[] {
    return [...registered].map(([symbol, venue]) => {
      const entry = this.#symbols.get(symbol);
      const { since, lastAt } = entry ?? { since: now, lastAt: undefined };
      const heard = { symbol, venue, since, ...(lastAt === undefined ? {} : { lastAt }) };
      if (entry === undefined || !isSilent(entry, now, patienceMs)) return heard;
      return { ...heard, silent: this.#reason(venue, now, patienceMs) };
    });
  }

  #reason(venue: FeedVenue, now: number, patienceMs: number): string {
    if (now - this.#lastAt > patienceMs) return "nothing comes from the feed, of any symbol";
    if (venue === "KRX") return "it is halted, hardly traded, or no longer listed";
    if (venue === "NXT") return "NXT does not trade it, or it is hardly traded";
    return "NXT does not trade it: the consolidated feed is silent then";
  }
}

function isSilent({ lastAt, awaitedSince }: Entry, now: number, patienceMs: number): boolean {
  return lastAt === undefined && awaitedSince !== undefined && now - awaitedSince >= patienceMs;
}
