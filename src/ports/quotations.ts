/**
 * What a market's REST says when it is asked: trades of today, how symbols stand, what they are, their days and minutes.
 *
 * Every call waits for its turn in the account's budget, the most urgent first, and rejects with an OutsideError:
 * retryable where the other side was busy or away (code `stopped`: the signal was aborted), not retryable where it
 * refuses what was asked.
 *
 * @module
 */
import type { MasterFile } from "../market/kis/master_file.ts";
import type { MinuteBar } from "../market/minute_trades.ts";
import type { DailyCandle, DatedPrice, SecurityKind } from "../market/reference.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Sign } from "../market/trade.ts";

/** The market that is asked about: KRX, NXT, or both consolidated. */
export type FeedVenue = "KRX" | "NXT" | "UN";

/** Who asks, most urgent first: what mends a gap goes before what polls, and that before what can wait. */
export const PRIORITIES = ["fill", "poll", "reference", "history"] as const;
export type Priority = typeof PRIORITIES[number];

/** Against yesterday's close. */
export interface RestChange {
  readonly sign: Sign;
  /** Won, signed. */
  readonly change: number;
  /** Per cent, signed, two decimals. */
  readonly rate: number;
}

/** How urgent it is, and until when it is wanted. */
export interface Asking {
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

/** A trade of today as `inquire-time-itemconclusion` gives it. */
export interface RestTrade extends RestChange {
  /** `HHMMSS`. */
  readonly hour: string;
  readonly price: number;
  readonly volume: number;
  /** Shares of the day so far, this trade included: its identity within the day and venue. */
  readonly accVolume: number;
  readonly ask: number;
  readonly bid: number;
  readonly strength: number | undefined;
}

/** How a symbol stands now. */
export interface RestPrice extends RestChange {
  readonly symbol: Symbol;
  readonly price: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly accVolume: number;
  readonly accValue: number;
  readonly ask: number;
  readonly bid: number;
}

/** What `inquire-price` says of the day beside the price. */
export interface RestDay {
  readonly upperLimit: number | null;
  readonly lowerLimit: number | null;
  readonly basePrice: number | null;
  readonly high52w: DatedPrice | null;
  readonly low52w: DatedPrice | null;
}

/** What `search-stock-info` says of a symbol. */
export interface RestInfo {
  readonly name: string | undefined;
  readonly nameEn: string | undefined;
  readonly market: "KOSPI" | "KOSDAQ" | undefined;
  readonly kind: SecurityKind;
  /** Whether NXT trades it. */
  readonly nxt: boolean | null;
  readonly halted: boolean;
  readonly administrative: boolean;
  readonly listedOn: string | null;
}

/** Symbols of one {@link Quotations.prices}, at most. */
export const MULTI_PRICES = 30;
/** Rows of one {@link Quotations.days}, at most. */
export const DAYS_A_PAGE = 100;

/** The quotations of one account. */
export interface Quotations {
  /**
   * The last trades of today at or before a time (`HHMMSS`), at most 30, by rising cumulative volume. Rows that make no
   * sense are left out. A page may be empty though there are trades: ask again.
   */
  tradesUntil(symbol: Symbol, venue: FeedVenue, hour: string, asking: Asking): Promise<readonly RestTrade[]>;
  /** How a symbol stands, and its day; without a price before its first trade of the day. */
  price(
    symbol: Symbol,
    venue: FeedVenue,
    asking: Asking,
  ): Promise<{ readonly price: RestPrice | undefined; readonly day: RestDay }>;
  /** How up to {@link MULTI_PRICES} symbols stand; those without a trade today are left out. */
  prices(symbols: readonly Symbol[], venue: FeedVenue, asking: Asking): Promise<readonly RestPrice[]>;
  /** What a symbol is. */
  info(symbol: Symbol, asking: Asking): Promise<RestInfo>;
  /** The trading days of a span (`YYYYMMDD`), adjusted for splits, oldest first; at most its last {@link DAYS_A_PAGE}. */
  days(
    symbol: Symbol,
    span: { readonly from: string; readonly to: string },
    asking: Asking,
  ): Promise<readonly DailyCandle[]>;
  /** The minutes of today (`date`) up to a time, at most 30, oldest first; the newest may be forming still. */
  todaysMinutes(
    symbol: Symbol,
    until: { readonly date: string; readonly hour: string; readonly venue: FeedVenue },
    asking: Asking,
  ): Promise<readonly MinuteBar[]>;
  /** The minutes of a past day up to a time, at most 120, oldest first. */
  minutes(
    symbol: Symbol,
    until: { readonly date: string; readonly hour: string; readonly venue: FeedVenue },
    asking: Asking,
  ): Promise<readonly MinuteBar[]>;
  /** Every security of KOSPI and KOSDAQ. @throws {InputError} `bad_master_file`. */
  masters(signal: AbortSignal): Promise<readonly MasterFile[]>;
}
