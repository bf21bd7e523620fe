import { InputError } from "../../core/errors.ts";
import { decodeTrade } from "../../market/decode_trade.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { type Contradiction, decideContradictions } from "../../market/contradictions.ts";
import { type DecodedFrame, decodeFrame } from "../../market/kis/frame.ts";
import { marketSessionOf } from "../../market/market_session.ts";
import {
  decodeMarketEvent,
  encodeMarketEvent,
  isMarketEvent,
  type StatusEvent,
} from "../../market/market_event.ts";
import type { Quote } from "../../market/quote.ts";
import { aheadReason } from "../../market/ahead.ts";
import { Sequencer } from "../../market/sequencer.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { referenceRecord } from "../../books/reference_book.ts";
import { decodeReference } from "../../market/reference_codec.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { placeOfRecord, SOURCE_PLACE_HEADER } from "../../books/source_place.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import type { FilledEvent, FoundGap, PolledEvent, ProducerEvent } from "./events.ts";
import { unseenInMinute } from "./filled_minutes.ts";
import type { HoleMinute } from "./gap_pages.ts";
import { Missed, type SinceOf, type TradeGap } from "./missed.ts";
import { polledTrades } from "./polled_trades.ts";
import type { FeedGap } from "./stats.ts";

/** What is reported of the things found while reading, besides the records. */
export interface IntakeObserver {
  refused(code: string, reason: string): void;
  duplicate(symbol: Symbol): void;
  /** Shares were traded unseen (`missedVolume` > 0), or the source says so. Without symbol: all of them. */
  gap(gap: FeedGap): void;
  /** The gap of a symbol that was reported before a restart, with the trade's time; undefined: none was. */
  reportedGap(symbol: Symbol, at: number): FeedGap | undefined;
  /** What REST had of a gap is on its way to the log. */
  mended(gap: FeedGap | undefined, outcome: { readonly trades: number; readonly shortfall: string }): void;
  polled(trades: number): void;
  late(symbol: Symbol): void;
  /** A frame as it was read: its width, and what of it was left out. */
  read(frame: DecodedFrame): void;
  /** A trade contradicted itself; what it says now is decided. */
  contradicts(contradictions: readonly Contradiction[]): void;
  status(status: StatusEvent): void;
}

/** Gaps that wait to be taken, at most. */
const MAX_GAPS = 5_000;
/** Where in its second a trade is put that was not seen when it was traded, ms: live ones take the first places. */
const UNSEEN_MS = 500;

/** What an {@link Intake} is made from. */
export interface IntakeOptions {
  readonly source: string;
  /** How far a trade's event time may be ahead of its arrival, ms. */
  readonly maxAheadMs: number;
  /**
   * Is given the time of a trade that is ahead of its arrival, which it may be because this machine's time is behind.
   *
   * @returns what the time is, epoch ms.
   */
  readonly timeBy?: (eventTime: number) => number;
  /** For a live feed: from when on what it did not see of a day matters. */
  readonly sinceOf?: SinceOf;
}

/**
 * What a source hands over as records of the log, in order: frames are read, trades and quotes get their place within
 * the second, duplicates are left out, what cannot be read becomes a dead letter. Keeps the per-symbol state.
 */
export class Intake {
  readonly #source: string;
  readonly #maxAheadMs: number;
  readonly #timeBy: IntakeOptions["timeBy"];
  readonly #observer: IntakeObserver;
  readonly #tradeTimes = new Sequencer();
  readonly #quoteTimes = new Sequencer();
  readonly #filledTimes = new Sequencer();
  readonly #missed: Missed;
  readonly #gaps: FoundGap[] = [];
  /** The latest event time of a trade that was taken, or had been published before, epoch ms. */
  lastTradeAt: number | undefined;

  constructor(options: IntakeOptions, observer: IntakeObserver) {
    this.#source = options.source;
    this.#maxAheadMs = options.maxAheadMs;
    this.#timeBy = options.timeBy;
    this.#missed = new Missed(options.sinceOf);
    this.#observer = observer;
  }

  /** Takes note of a trade that has been published already, after a restart. */
  restoreTrade(trade: Trade): void {
    this.#tradeTimes.restore(trade.symbol, trade.eventTime);
    this.#missed.restore(trade);
    this.lastTradeAt = Math.max(this.lastTradeAt ?? 0, trade.eventTime);
  }

  /** The gaps of today that the log has been read back with, and that nobody has filled. */
  restoredGaps(now: number): readonly FoundGap[] {
    return this.#missed.openGaps(now).map((gap) => ({
      gap,
      found: this.#observer.reportedGap(gap.symbol, gap.next.eventTime),
    }));
  }

  /** The gaps that were found since the last call. */
  takeGaps(): readonly FoundGap[] {
    return this.#gaps.splice(0);
  }

  /** Takes note of a quote that has been published already, after a restart. */
  restoreQuote(quote: Pick<Quote, "symbol" | "eventTime">): void {
    this.#quoteTimes.restore(quote.symbol, quote.eventTime);
  }

  /** The records of an event; `now`, epoch ms, is when a dead letter is written. */
  records(event: ProducerEvent, now: number): NewRecord[] {
    const records = this.#recordsOf(event, now);
    if (!("place" in event) || event.place === undefined) return records;
    const { place } = event;
    return records.map((record, index) => {
      const own = { [SOURCE_PLACE_HEADER]: placeOfRecord(place, index, records.length) };
      return { ...record, headers: { ...record.headers, ...own } };
    });
  }

  #recordsOf(event: ProducerEvent, now: number): NewRecord[] {
    switch (event.type) {
      case "frame":
        return this.#frame(event.bytes, event.receivedAt, now);
      case "trade":
        return this.#json(event, now);
      case "reference":
        return [this.#reference(event.bytes, now)];
      case "refused":
        return [this.#refuse({ ...event, key: "" }, now)];
      case "gap":
        this.#sourceGap(event);
        return [];
      case "filled":
        return this.#filled(event, now);
      case "polled":
        return this.#polled(event);
    }
  }

  #reference(bytes: Uint8Array, now: number): NewRecord {
    try {
      return referenceRecord(decodeReference(bytes), now);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return this.#refuse({ code: error.code, reason: error.message, bytes, key: "" }, now);
    }
  }

  /** Trades that are there already (the live feed had them late) are left out. */
  #filled({ of, trades, holes, shortfall }: FilledEvent, now: number): NewRecord[] {
    const fresh = trades.filter((trade) => this.#missed.judge(trade).is !== "duplicate");
    this.#observer.mended(of.found, { trades: fresh.length, shortfall });
    const reached = holes.flatMap((hole) => this.#reachedIn(hole, of.gap));
    const all = [...fresh, ...reached].sort((a, b) => a.eventTime - b.eventTime);
    return all.map((trade) => this.#unseenRecord(trade, now));
  }

  /** How far prices went in a minute beyond every trade of it that is known. */
  #reachedIn(hole: HoleMinute, { next }: TradeGap): readonly Trade[] {
    const seen = this.#missed.minutes.of(next, hole.start);
    const reached = seen === undefined ? [] : unseenInMinute(hole, { seen, next });
    for (const trade of reached) this.#missed.minutes.see(trade);
    return reached;
  }

  #polled(event: PolledEvent): NewRecord[] {
    const trades = event.prices.flatMap((price) => polledTrades(price, event, this.#missed.ranges));
    for (const trade of trades) this.#missed.ranges.see(trade);
    this.#observer.polled(trades.length);
    return trades.map((trade) =>
      this.#record(trade, this.#tradeTimes.place(trade.symbol, trade.eventTime), event.at)
    );
  }

  /** A trade that came after others of its second: its place there is behind theirs. */
  #unseenRecord(trade: Trade, receivedAt: number): NewRecord {
    const second = trade.eventTime - (trade.eventTime % 1_000);
    return this.#record(trade, this.#filledTimes.place(trade.symbol, second + UNSEEN_MS), receivedAt);
  }

  #record(trade: Trade, eventTime: number, receivedAt: number): NewRecord {
    const value = encodeTrade({ ...trade, eventTime, marketSession: marketSessionOf(trade) });
    const headers = { [INGEST_TIME_HEADER]: String(receivedAt) };
    return { topic: "trades", key: trade.symbol, value, timestamp: eventTime, headers };
  }

  #frame(bytes: Uint8Array, receivedAt: number, now: number): NewRecord[] {
    const frame = decodeFrame(bytes, receivedAt);
    const records: NewRecord[] = [];
    this.#observer.read(frame);
    const headers = { [INGEST_TIME_HEADER]: String(receivedAt) };
    for (const trade of frame.trades) this.#trade(trade, { receivedAt, now }, records);
    for (const quote of frame.quotes) records.push(this.#quote(quote, headers));
    for (const status of frame.statuses) records.push(this.#status(status, headers));
    for (const refused of frame.refused) records.push(this.#refuse(refused, now));
    return records;
  }

  #json(
    { bytes, receivedAt }: { readonly bytes: Uint8Array; readonly receivedAt: number },
    now: number,
  ): NewRecord[] {
    const records: NewRecord[] = [];
    try {
      if (isMarketEvent(bytes)) return this.#event(bytes, receivedAt);
      this.#trade(decodeTrade(bytes), { receivedAt, now }, records);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      records.push(this.#refuse({ code: error.code, reason: error.message, bytes, key: "" }, now));
    }
    return records;
  }

  /** What stood between the trades when they were taken from a topic: statuses go on, the time is this one's own. */
  #event(bytes: Uint8Array, receivedAt: number): NewRecord[] {
    const event = decodeMarketEvent(bytes);
    if (event?.kind !== "status") return [];
    return [this.#status(event, { [INGEST_TIME_HEADER]: String(receivedAt) })];
  }

  #trade(given: Trade, came: { receivedAt: number; now: number }, records: NewRecord[]): void {
    const { trade, contradictions } = decideContradictions(given);
    const { symbol } = trade;
    const { now } = came;
    let { receivedAt } = came;
    // Only what came just now can say that the clock is behind: a file's trades arrived when the file says.
    const live = Math.abs(now - receivedAt) <= this.#maxAheadMs;
    if (live && trade.eventTime > receivedAt + this.#maxAheadMs) {
      receivedAt = Math.max(receivedAt, this.#timeBy?.(trade.eventTime) ?? receivedAt);
    }
    if (trade.eventTime > receivedAt + this.#maxAheadMs) {
      // One such trade would make every later one of its partition late, and silence its rules.
      const reason = aheadReason(trade.eventTime, receivedAt);
      const bytes = new TextEncoder().encode(encodeTrade(trade));
      records.push(this.#refuse({ code: "future_event_time", reason, bytes, key: symbol }, now));
      return;
    }
    const judged = this.#missed.judge(trade);
    if (judged.is === "duplicate") return this.#observer.duplicate(symbol);
    if (judged.is === "behind" && trade.origin === undefined) this.#observer.late(symbol);
    if (contradictions.length > 0) this.#observer.contradicts(contradictions);
    const eventTime = this.#tradeTimes.place(symbol, trade.eventTime);
    const { missedVolume, gap } = judged;
    const reason = "cumulative volume jumped";
    const found = judged.is === "gap" ? { symbol, at: eventTime, missedVolume, reason } : undefined;
    if (found !== undefined) this.#observer.gap(found);
    if (gap !== undefined && this.#gaps.length < MAX_GAPS) this.#gaps.push({ gap, found });
    this.lastTradeAt = Math.max(this.lastTradeAt ?? 0, eventTime);
    for (const unseen of judged.unseen) records.push(this.#unseenRecord(unseen, receivedAt));
    records.push(this.#record(trade, eventTime, receivedAt));
  }

  #quote(quote: Quote, headers: Readonly<Record<string, string>>): NewRecord {
    const { symbol } = quote;
    const eventTime = this.#quoteTimes.place(symbol, quote.eventTime);
    const value = JSON.stringify({ ...quote, eventTime });
    return { topic: "quotes", key: symbol, value, timestamp: eventTime, headers };
  }

  #status(status: StatusEvent, headers: Readonly<Record<string, string>>): NewRecord {
    this.#observer.status(status);
    const { symbol, eventTime } = status;
    return { topic: "trades", key: symbol, value: encodeMarketEvent(status), timestamp: eventTime, headers };
  }

  #sourceGap(event: Extract<SourceEvent, { type: "gap" }>): void {
    const { reason, at } = event;
    if (event.symbols === undefined) return this.#observer.gap({ at, missedVolume: 0, reason });
    for (const symbol of event.symbols) this.#observer.gap({ symbol, at, missedVolume: 0, reason });
  }

  #refuse(refused: { code: string; reason: string; bytes: Uint8Array; key: string }, at: number): NewRecord {
    const { code, reason, bytes, key } = refused;
    this.#observer.refused(code, reason);
    return deadLetter({ key, bytes, code, reason, role: "producer", origin: this.#source, at });
  }
}
