import { InputError } from "../../core/errors.ts";
import { ContinuityTracker } from "../../market/continuity.ts";
import { decodeTrade } from "../../market/decode_trade.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { type Contradiction, decideContradictions } from "../../market/contradictions.ts";
import { type DecodedFrame, decodeFrame } from "../../market/kis/frame.ts";
import { marketSessionOf } from "../../market/market_session.ts";
import { encodeMarketEvent, type StatusEvent } from "../../market/market_event.ts";
import type { Quote } from "../../market/quote.ts";
import { aheadReason } from "../../market/ahead.ts";
import { Sequencer } from "../../market/sequencer.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { placeOfRecord, SOURCE_PLACE_HEADER } from "../../books/source_place.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";

/** What is told of the things found while reading, besides the records. */
export interface IntakeObserver {
  refused(code: string, reason: string): void;
  duplicate(symbol: Symbol): void;
  /** Shares were traded unseen (`missedVolume` > 0), or the source says so. Without symbol: all of them. */
  gap(gap: { symbol?: Symbol; at: number; missedVolume: number; reason: string }): void;
  late(symbol: Symbol): void;
  /** A frame as it was read: its width, and what of it was left out. */
  read(frame: DecodedFrame): void;
  /** A trade contradicted itself; what it says now is decided. */
  contradicts(contradictions: readonly Contradiction[]): void;
  status(status: StatusEvent): void;
}

/**
 * What a source hands over as records of the log, in order: frames are read, trades and quotes get their place within
 * the second, duplicates are left out, what cannot be read becomes a dead letter. Holds the per-symbol state.
 */
export class Intake {
  readonly #source: string;
  readonly #maxAheadMs: number;
  readonly #observer: IntakeObserver;
  readonly #tradeTimes = new Sequencer();
  readonly #quoteTimes = new Sequencer();
  readonly #continuity = new ContinuityTracker();
  /** The latest event time of a trade that was taken, epoch ms. */
  lastTradeAt: number | undefined;

  /** @param options.maxAheadMs how far a trade's event time may be ahead of its arrival, ms. */
  constructor(options: { readonly source: string; readonly maxAheadMs: number }, observer: IntakeObserver) {
    this.#source = options.source;
    this.#maxAheadMs = options.maxAheadMs;
    this.#observer = observer;
  }

  /** Takes note of a trade that has been published already, after a restart. */
  restoreTrade(trade: Trade): void {
    this.#tradeTimes.restore(trade.symbol, trade.eventTime);
    this.#continuity.judge(trade);
  }

  /** Takes note of a quote that has been published already, after a restart. */
  restoreQuote(quote: Pick<Quote, "symbol" | "eventTime">): void {
    this.#quoteTimes.restore(quote.symbol, quote.eventTime);
  }

  /** The records of an event; `now`, epoch ms, is when a dead letter is written. */
  records(event: SourceEvent, now: number): NewRecord[] {
    const records = this.#recordsOf(event, now);
    if (!("place" in event) || event.place === undefined) return records;
    const { place } = event;
    return records.map((record, index) => {
      const own = { [SOURCE_PLACE_HEADER]: placeOfRecord(place, index, records.length) };
      return { ...record, headers: { ...record.headers, ...own } };
    });
  }

  #recordsOf(event: SourceEvent, now: number): NewRecord[] {
    switch (event.type) {
      case "frame":
        return this.#frame(event.bytes, event.receivedAt, now);
      case "trade":
        return this.#json(event, now);
      case "refused":
        return [this.#refuse({ ...event, key: "" }, now)];
      case "gap":
        this.#sourceGap(event);
        return [];
    }
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

  #json({ bytes, receivedAt }: Extract<SourceEvent, { type: "trade" }>, now: number): NewRecord[] {
    const records: NewRecord[] = [];
    try {
      this.#trade(decodeTrade(bytes), { receivedAt, now }, records);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      records.push(this.#refuse({ code: error.code, reason: error.message, bytes, key: "" }, now));
    }
    return records;
  }

  #trade(given: Trade, came: { receivedAt: number; now: number }, records: NewRecord[]): void {
    const { trade, contradictions } = decideContradictions(given);
    const { symbol } = trade;
    const { receivedAt, now } = came;
    if (trade.eventTime > receivedAt + this.#maxAheadMs) {
      // One such trade would make every later one of its partition late, and silence its rules.
      const reason = aheadReason(trade.eventTime, receivedAt);
      const bytes = new TextEncoder().encode(encodeTrade(trade));
      records.push(this.#refuse({ code: "future_event_time", reason, bytes, key: symbol }, now));
      return;
    }
    const continuity = this.#continuity.judge(trade);
    if (continuity.is === "duplicate") return this.#observer.duplicate(symbol);
    if (continuity.is === "behind") this.#observer.late(symbol);
    if (contradictions.length > 0) this.#observer.contradicts(contradictions);
    const eventTime = this.#tradeTimes.place(symbol, trade.eventTime);
    if (continuity.is === "gap") {
      const { missedVolume } = continuity;
      this.#observer.gap({ symbol, at: eventTime, missedVolume, reason: "cumulative volume jumped" });
    }
    this.lastTradeAt = Math.max(this.lastTradeAt ?? 0, eventTime);
    const value = encodeTrade({ ...trade, eventTime, marketSession: marketSessionOf(trade) });
    const headers = { [INGEST_TIME_HEADER]: String(receivedAt) };
    records.push({ topic: "trades", key: symbol, value, timestamp: eventTime, headers });
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
