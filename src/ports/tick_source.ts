import type { Symbol } from "../market/symbol.ts";

/**
 * Something a market feed hands over, in the order it came. `place` says where it stands in a source that has an end, a
 * file; it is kept as a header of the records, so that the source can go on behind the last that was published.
 */
export type SourceEvent =
  /** A data frame in KIS's form, `0|H0STCNT0|003|…`, decrypted, as it came. */
  | {
    readonly type: "frame";
    readonly bytes: Uint8Array;
    readonly receivedAt: number;
    readonly place?: string;
  }
  /** One trade as JSON, as it stands on the trades topic, or what is known of a symbol on the day of a recording. */
  | {
    readonly type: "trade" | "reference";
    readonly bytes: Uint8Array;
    readonly receivedAt: number;
    readonly place?: string;
  }
  /** Trades may have been missed: the symbols concerned, or all when absent. */
  | {
    readonly type: "gap";
    readonly reason: string;
    readonly symbols?: readonly Symbol[];
    readonly at: number;
  }
  /** Something the source could not read: to be dead-lettered with its bytes. */
  | {
    readonly type: "refused";
    readonly reason: string;
    readonly code: string;
    readonly bytes: Uint8Array;
    readonly receivedAt: number;
    readonly place?: string;
  };

/**
 * Where market data comes from: KIS, a replayed file, the simulator.
 *
 * Delivery: every event once, in order; a source that is not read from waits (replay, simulator) or drops the oldest
 * with a `gap` event (a live feed), it never grows without bound.
 */
export interface TickSource {
  readonly name: string;
  /** Events in small batches until the signal is aborted or the source is at its end. Called once. */
  events(signal: AbortSignal): AsyncIterable<readonly SourceEvent[]>;
  /**
   * The symbols that are wanted now, most important first, and those of them whose halts and volatility interruptions are
   * asked for; sources that give everything ignore it.
   */
  want?(symbols: readonly Symbol[], statuses?: ReadonlySet<Symbol>): void;
  /**
   * Whether the market that it feeds is in a session now and it is connected: then time passes for symbols too that are not
   * traded. Absent: its time is that of what it gives (a replay).
   *
   * @param now epoch ms.
   */
  inSession?(now: number): boolean;
  /** For readiness, /metrics and the console. */
  status(): SourceStatus;
}

/** A symbol that is subscribed. */
export interface Subscription {
  readonly symbol: Symbol;
  readonly venue: "KRX" | "NXT" | "UN";
  /** Since when, epoch ms. */
  readonly since: number;
  /** When a trade or an expected price of it came last, epoch ms; absent: never. */
  readonly lastAt?: number;
  /** Why it has probably never spoken, where it should have by now. */
  readonly silent?: string;
}

/** A symbol that is wanted and not subscribed. */
export interface RefusedSymbol {
  readonly symbol: Symbol;
  readonly reason: string;
  /** For want of a registration alone: the symbol itself is none that the feed refuses. */
  readonly noRoom?: boolean;
  /** It is polled, which gives its price, high and low alone. */
  readonly polled?: boolean;
}

export interface SourceStatus {
  readonly state: "connecting" | "open" | "waiting" | "ended" | "failed";
  /** A line for people: "simulating 240 symbols at 50 trades/s". */
  readonly detail: string;
  /** Symbols subscribed now, where that means something. */
  readonly subscribed?: readonly Subscription[];
  /** Symbols that are wanted and not subscribed. */
  readonly refused?: readonly RefusedSymbol[];
}
