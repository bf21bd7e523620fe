import type { SeenRange } from "../market/last_trades.ts";
import { MARKET_SESSIONS, type MarketSession } from "../market/market_session.ts";
import type { StatusEvent } from "../market/market_event.ts";
import { MinuteBook } from "./minute_book.ts";
import type { Snapshot, SymbolStatus } from "./measures/measure.ts";

const NO_STATUS: SymbolStatus = Object.freeze({ vi: false, halted: false });

interface Last {
  readonly at: Snapshot;
  /** How many trades had been taken before it: which of two sessions' last trades is the later. */
  readonly order: number;
}

/** What the oracle keeps of a symbol: the last counted trade of today per session, today's range, its status. */
export class SymbolState {
  readonly minutes = new MinuteBook();
  #day = -1;
  #order = 0;
  #high = 0;
  #low = 0;
  #status = NO_STATUS;
  #time = 0;
  readonly #last = new Map<MarketSession, Last>();

  /** The latest event time of a counted trade, epoch ms; 0 at first. */
  get time(): number {
    return this.#time;
  }

  /** The newest day that is known of; -1 at first. */
  get day(): number {
    return this.#day;
  }

  /** Puts today's range back, as candles say it. */
  restoreRange({ day, high, low }: SeenRange): void {
    if (day !== this.#day) return;
    this.#high = high;
    this.#low = low;
  }

  /** What a trade of a day finds: the status, and the range of the day's trades before it. */
  before(day: number): Pick<Snapshot, "status" | "highBefore" | "lowBefore"> {
    this.#turn(day);
    const today = day === this.#day;
    return {
      status: this.#status,
      highBefore: today ? this.#high : 0,
      lowBefore: today ? this.#low : 0,
    };
  }

  /** The latest counted trade of a day in some sessions; undefined: there was none. */
  last(day: number, sessions: readonly MarketSession[] | null): Snapshot | undefined {
    if (day !== this.#day) return undefined;
    let latest: Last | undefined;
    for (const session of sessions ?? MARKET_SESSIONS) {
      const last = this.#last.get(session);
      if (last !== undefined && (latest === undefined || last.order > latest.order)) latest = last;
    }
    return latest?.at;
  }

  /** Takes a counted trade; one that is older than the latest widens the range of its day only. */
  take(at: Snapshot, session: MarketSession, day: number): void {
    const { price, eventTime } = at.trade;
    if (day === this.#day) {
      this.#high = Math.max(this.#high, price);
      if (price > 0 && (this.#low === 0 || price < this.#low)) this.#low = price;
    }
    if (eventTime < this.#time) return;
    this.#time = eventTime;
    this.#last.set(session, { at, order: this.#order++ });
  }

  /** Takes a status record. A volatility interruption ends with its day at the latest. */
  setStatus(record: StatusEvent, day: number): void {
    this.#turn(day);
    this.#status = { vi: record.vi === "Y", halted: record.halted === "Y" };
  }

  /** Begins a day that is later than the one that was known. */
  #turn(day: number): void {
    if (day <= this.#day) return;
    this.#day = day;
    this.#high = 0;
    this.#low = 0;
    this.#last.clear();
    if (this.#status.vi) this.#status = { ...this.#status, vi: false };
  }
}
