import type { RecordPack } from "../core/record_pack.ts";
import type { StatusEvent } from "../market/market_event.ts";
import type { MarketSession } from "../market/market_session.ts";
import type { Sign } from "../market/trade.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Rule } from "./rule.ts";

/** A rule fired on a trade, for the first time in the trade's window. */
export interface Match {
  readonly rule: Rule;
  /** Epoch ms, UTC: where the rule's window began, see `windowOf`. */
  readonly windowStart: number;
  /** Of the trade's record in its partition. */
  readonly offset: number;
  readonly symbol: Symbol;
  /** Won. */
  readonly price: number;
  /** Per cent, signed. */
  readonly rate: number;
  /** Won, signed. */
  readonly change: number;
  /** Shares of the trade. */
  readonly volume: number;
  /** Epoch ms, UTC. */
  readonly eventTime: number;
  readonly sign: Sign;
  /** The market session of the trade; absent where nothing says it. */
  readonly marketSession?: MarketSession;
  /** How the trade came; absent: live. */
  readonly origin?: "filled" | "polled";
  /** What each of the rule's conditions measured, in units of its measure's scale; see `valuesOf`. */
  readonly values?: readonly number[];
  /** The rule's last alert of the day on this partition: its share of `maxAlertsPerDay` is spent. */
  readonly closing?: boolean;
}

/** That a rule has fired in a window: what a restart learns of each alert. */
export interface FiredMark {
  readonly ruleId: string;
  /** Of a rule for several symbols; null: the rule has one symbol. */
  readonly symbol: Symbol | null;
  /** The rule's {@link Rule.armed} when it fired: a mark of another arming says nothing. */
  readonly armed: number;
  /** Epoch ms. */
  readonly windowStart: number;
  /** When it fired, epoch ms, for the count of its day; absent: it is not counted. */
  readonly at?: number;
}

/** A record that could not be read as a trade, or a piece of a batch that could not be read as records. */
export interface Rejected {
  /** Of the record; for a piece of a batch, of the first record that could not be read. */
  readonly offset: number;
  /** Stable: `bad_trade`, `null_value`, `future_event_time`, `bad_batch`, `bad_framing`. */
  readonly code: string;
  readonly reason: string;
  /** The original bytes. */
  readonly bytes: Uint8Array;
}

/** What came of a batch. */
export interface Evaluation {
  /** Records that are trades, with the late, halted and expected ones. */
  readonly trades: number;
  /** Records of another kind than a trade: a status, a time mark, or a kind that is not known and passed over. */
  readonly passed: number;
  /** Trades older than the grace: dropped. A trade counts in one of late, halted, expected at most. */
  readonly late: number;
  /** Trades of a halted symbol: never fire. */
  readonly halted: number;
  /** Expected prices of an auction (session other than "0"): never fire. */
  readonly expected: number;
  /** The offset after the last record. */
  readonly nextOffset: number;
  /** In record order; the order among the matches of one trade means nothing. */
  readonly matches: readonly Match[];
  readonly rejected: readonly Rejected[];
  /**
   * The records, for the candles topic, of minutes that have closed or to which a trade has come since: by the engine,
   * where it keeps candles. Their bytes are good until the next batch is evaluated.
   */
  readonly candles?: readonly RecordPack[];
  /**
   * A new day in Seoul has begun before `nextOffset`, and the rest of the batch is to be evaluated from there: by the
   * engine, where it stops at days.
   */
  readonly dayBegan?: boolean;
  /** The statuses that were taken: by the engine, where it keeps candles. */
  readonly statuses?: readonly StatusEvent[];
}

/** How a partition's time passes, and how long a window is. */
export interface WindowOptions {
  /** Length of a tumbling window in ms, from {@link MIN_WINDOW_MS}; 3,600,000 by default. Windows begin at the epoch. */
  readonly windowMs?: number;
  /** How far behind the partition's time a trade is not late, ms, 0 to {@link MAX_GRACE_MS}; an hour by default. */
  readonly graceMs?: number;
  /** How far a trade's event time may be ahead of its arrival, ms; two minutes by default. */
  readonly maxAheadMs?: number;
}

/**
 * A partition's time: a pure function of its records and their arrival, in the log's order, and never of one record's
 * claim. A trade whose event time is further ahead of every arrival up to it than is allowed is refused.
 */
export interface PartitionTime {
  /** The highest event time, epoch ms; 0 at first. */
  readonly watermark: number;
  /** The arrival that vouches for it, epoch ms; 0 at first. */
  readonly arrival: number;
}

export const DEFAULT_WINDOW_MS = 3_600_000;
export const DEFAULT_GRACE_MS = 3_600_000;
/** A shorter window would overflow the engine's 32-bit window numbers before the year 2100. */
export const MIN_WINDOW_MS = 1_000;
export const MAX_GRACE_MS = 86_400_000;
