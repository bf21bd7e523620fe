/**
 * The rules' meaning in plain TypeScript: the oracle. The WASM engine gives the same matches for the same input; when
 * the two differ, this is the one to read first. docs/rules.md says the same in words.
 *
 * @module
 */

import { InputError } from "../core/errors.ts";
import { aheadReason, DEFAULT_MAX_AHEAD_MS } from "../market/ahead.ts";
import { decodeTrade } from "../market/decode_trade.ts";
import {
  decodeMarketEvent,
  isMarketEvent,
  type MarketEvent,
  type StatusEvent,
} from "../market/market_event.ts";
import { candleEnds } from "../market/last_trades.ts";
import { type MarketSession, marketSessionAt, marketSessionOf } from "../market/market_session.ts";
import { isOfMarket, type SymbolReference } from "../market/reference.ts";
import { dateOf, seoulDay } from "../market/seoul_time.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import { MINUTE_MS } from "../market/minute_sum.ts";
import { CANARY_SYMBOL, type Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import {
  DEFAULT_GRACE_MS,
  DEFAULT_WINDOW_MS,
  type Evaluation,
  type FiredMark,
  type Match,
  type PartitionTime,
  type Rejected,
  type WindowOptions,
} from "./evaluation.ts";
import { lookBackOf, measuredUnits, needsStatus } from "./measures.ts";
import type { Snapshot } from "./measures/measure.ts";
import type { Minutes } from "./measures/minutes.ts";
import { dailyShare } from "./daily_share.ts";
import { windowOf } from "./repeat.ts";
import { isForMany, type Rule } from "./rule.ts";
import { closeBefore, holdsAt, snapshotOf } from "./snapshot.ts";
import { SymbolState } from "./symbol_state.ts";

/** A record of the trades topic. */
export interface TradeRecord {
  readonly offset: number;
  readonly value: Uint8Array | null;
  /** Epoch ms; where it is not known, an event time counts as its own arrival. */
  readonly arrival?: number;
}

/** How the oracle counts; see {@link WindowOptions}. */
export interface OracleOptions extends WindowOptions {
  /** Of the trades topic: each has its share of a rule's {@link Rule.maxAlertsPerDay}. 1 by default. */
  readonly partitions?: number;
}

/** An event that may fire rules: a counted trade, or a status record with the trade before it. */
interface Event {
  readonly at: Snapshot;
  readonly session: MarketSession;
  /** Epoch ms: of the record itself; the trade of a status record may be older. */
  readonly time: number;
  /** The time whose windows it falls in: its own, or the partition's for a trade that was filled in. */
  readonly windowTime: number;
  /** Brought by REST after a gap: it fires no rule that was armed after it. */
  readonly filled: boolean;
  /** A status record: only rules that examine the status are concerned. */
  readonly byStatus: boolean;
  /** Older than the symbol's latest event: it crosses nothing. */
  readonly outOfOrder: boolean;
  readonly offset: number;
  /** What stood before it for a rule that names some sessions. */
  readonly before: (sessions: Rule["sessions"]) => Snapshot;
}

/** Evaluates trades one by one against every rule: slow, and plain to read. */
export class Oracle {
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs: number;
  readonly #partitions: number;
  #watermark = 0;
  /** The latest arrival that was asked for. */
  #arrival = 0;
  readonly #rules = new Map<string, Rule>();
  readonly #references = new Map<Symbol, SymbolReference>();
  readonly #symbols = new Map<Symbol, SymbolState>();
  /** The windows' beginnings in which a rule has fired, by `rule!armed` or `rule:symbol!armed`. */
  readonly #fired = new Map<string, Set<number>>();
  /** Alerts of a rule on a day in Seoul, by `rule@day`. */
  readonly #perDay = new Map<string, number>();

  constructor(options: OracleOptions = {}) {
    this.windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.maxAheadMs = options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
    this.#partitions = options.partitions ?? 1;
  }

  get ruleCount(): number {
    return this.#rules.size;
  }

  get time(): PartitionTime {
    return { watermark: this.#watermark, arrival: this.#arrival };
  }

  /** Goes on from a time; one that is older changes nothing. */
  resume({ watermark, arrival }: PartitionTime): void {
    this.#watermark = Math.max(this.#watermark, watermark);
    this.#arrival = Math.max(this.#arrival, arrival);
  }

  load(rules: readonly Rule[]): void {
    for (const rule of rules) this.put(rule);
  }

  put(rule: Rule): void {
    this.#rules.set(rule.id, rule);
  }

  remove(ruleId: string): void {
    this.#rules.delete(ruleId);
  }

  /** What is known of a symbol on a day; daily measures have a value on that day only. */
  setReference(reference: SymbolReference): void {
    this.#references.set(reference.symbol, reference);
  }

  /** Takes a candle that had closed, for measures of candles; of a minute the newest counts. */
  takeCandle(candle: Pick<MinuteCandle, "symbol" | "start" | "high" | "low" | "close" | "volume">): void {
    const { symbol, start, high, low, close, volume } = candle;
    this.#state(symbol).minutes.put({ minute: start / MINUTE_MS, high, low, close, volume });
  }

  /** How many trading days before today the rules look back for minutes; 0: at today only. */
  get lookBack(): number {
    return Math.max(0, ...[...this.#rules.values()].map(({ conditions }) => lookBackOf(conditions) ?? 0));
  }

  /**
   * Takes what is known from before a restart: the day's closed candles, in the order in which they were written, and the
   * statuses that are in effect. References are known and the time is resumed before.
   */
  restoreSymbols(candles: readonly MinuteCandle[], statuses: readonly StatusEvent[]): void {
    for (const candle of candles) this.takeCandle(candle);
    const { lasts, ranges } = candleEnds(candles);
    for (const { trade, high, low } of lasts) {
      if (trade.eventTime > this.#watermark) continue;
      this.#remember(trade, { highBefore: high, lowBefore: low });
    }
    for (const [symbol, range] of ranges) this.#state(symbol).restoreRange(range);
    for (const status of statuses) {
      const state = this.#state(status.symbol);
      const day = seoulDay(status.eventTime);
      // An interruption ends with its day.
      state.setStatus(day < state.day ? { ...status, vi: "N" } : status, day);
    }
  }

  /** Takes the records of the minute that forms, which were evaluated before a restart: they fire nothing. */
  warmUp(records: readonly TradeRecord[]): void {
    const forming = Math.floor(this.#watermark / MINUTE_MS);
    /** How far the time had come when they were first evaluated. */
    let reached = 0;
    const reach = (time: number) => {
      if (time <= this.#watermark) reached = Math.max(reached, time);
    };
    for (const record of records) {
      if (record.value !== null && isMarketEvent(record.value)) {
        const event = readEvent(record);
        if (event === undefined) continue;
        reach(event.eventTime);
        if (event.kind === "status" && event.eventTime <= this.#watermark) {
          this.#state(event.symbol).setStatus(event, seoulDay(event.eventTime));
        }
        continue;
      }
      const trade = readTrade(record.offset, record.value, []);
      if (trade === undefined) continue;
      reach(trade.eventTime);
      const isLate = trade.eventTime < reached - this.graceMs && trade.origin !== "filled";
      if (trade.eventTime > this.#watermark || isLate || !isCounted(trade)) continue;
      this.#remember(trade, {});
      // The candles of earlier minutes have it already.
      if (Math.floor(trade.eventTime / MINUTE_MS) >= forming) {
        this.#state(trade.symbol).minutes.take(trade, forming);
      }
    }
  }

  /** Takes a trade of before a restart as its session's last one. */
  #remember(trade: Trade, range: Pick<Partial<Snapshot>, "highBefore" | "lowBefore">): void {
    const state = this.#state(trade.symbol);
    const day = seoulDay(trade.eventTime);
    const before = state.before(day);
    const reference = this.#referenceOn(trade.symbol, trade.eventTime);
    state.take(snapshotOf(trade, { ...before, reference, ...range }), marketSessionOf(trade), day);
  }

  /** Says that a rule has fired; the rule need not be loaded yet. */
  restore(mark: FiredMark): void {
    const fired = this.#firedOf(firedKey(mark));
    if (fired.has(mark.windowStart)) return;
    fired.add(mark.windowStart);
    if (mark.at !== undefined) this.#countOn(mark.ruleId, seoulDay(mark.at));
  }

  evaluate(records: readonly TradeRecord[], fromOffset = 0): Evaluation {
    const matches: Match[] = [];
    const rejected: Rejected[] = [];
    const counts = { trades: 0, passed: 0, late: 0, halted: 0, expected: 0 };
    let nextOffset = fromOffset;
    for (const record of records) {
      if (record.offset < fromOffset) continue;
      nextOffset = record.offset + 1;
      if (record.value !== null && isMarketEvent(record.value)) {
        counts.passed++;
        this.#takeEvent(record, { matches, rejected });
        continue;
      }
      const trade = readTrade(record.offset, record.value, rejected);
      if (trade === undefined || !this.#reach(trade, record, rejected)) continue;
      counts.trades++;
      if (trade.origin !== "filled" && this.#isLate(trade)) counts.late++;
      else if (trade.halted === "Y") counts.halted++;
      else if ((trade.session ?? "0") !== "0") counts.expected++;
      else this.#takeTrade(trade, record.offset, matches);
    }
    return { ...counts, nextOffset, matches, rejected };
  }

  /** A status may fire rules, a time mark moves the time; a kind that is not known is passed over. */
  #takeEvent(record: TradeRecord, { matches, rejected }: { matches: Match[]; rejected: Rejected[] }): void {
    const event = readEvent(record);
    if (event === undefined) return;
    if (!this.#reach(event, record, rejected)) return;
    if (event.kind === "status") this.#takeStatus(event, record.offset, matches);
  }

  /** Moves the time on to an event's; false: no arrival up to now vouches for it, so it is refused. */
  #reach({ eventTime }: { eventTime: number }, record: TradeRecord, rejected: Rejected[]): boolean {
    const arrival = record.arrival ?? eventTime;
    if (eventTime > this.#watermark && eventTime > this.#arrival + this.maxAheadMs) {
      if (eventTime > arrival + this.maxAheadMs) {
        const reason = aheadReason(eventTime, arrival);
        const bytes = record.value as Uint8Array;
        rejected.push({ offset: record.offset, code: "future_event_time", reason, bytes });
        return false;
      }
      this.#arrival = Math.max(this.#arrival, arrival);
    }
    this.#watermark = Math.max(this.#watermark, eventTime);
    return true;
  }

  #isLate({ eventTime }: { eventTime: number }): boolean {
    return eventTime < this.#watermark - this.graceMs;
  }

  #takeTrade(trade: Trade, offset: number, matches: Match[]): void {
    const state = this.#state(trade.symbol);
    const { eventTime } = trade;
    const day = seoulDay(eventTime);
    const session = marketSessionOf(trade);
    const at = snapshotOf(trade, {
      ...state.before(day),
      reference: this.#referenceOn(trade.symbol, eventTime),
      minutes: this.#minutesOf(trade, day, true),
    });
    this.#fire({
      at,
      session,
      time: eventTime,
      windowTime: trade.origin === "filled" ? this.#watermark : eventTime,
      filled: trade.origin === "filled",
      byStatus: false,
      outOfOrder: eventTime < state.time,
      offset,
      before: (sessions) => {
        const last = state.last(day, sessions);
        // What stood before is measured of the minutes as they are known by now.
        return last === undefined
          ? { ...closeBefore(at), minutes: this.#minutesOf(trade, day, false) }
          : { ...last, status: at.status, minutes: this.#minutesOf(last.trade, day, false) };
      },
    }, matches);
    state.take(at, session, day);
    state.minutes.take(trade, Math.floor(this.#watermark / MINUTE_MS));
  }

  #takeStatus(record: StatusEvent, offset: number, matches: Match[]): void {
    const state = this.#state(record.symbol);
    const day = seoulDay(record.eventTime);
    const was = state.before(day).status;
    state.setStatus(record, day);
    if (this.#isLate(record)) return;
    const traded = state.last(day, null);
    const reference = this.#referenceOn(record.symbol, record.eventTime);
    const last = traded ?? emptySnapshot(record, reference);
    const minutes = traded && this.#minutesOf(traded.trade, day, false);
    const at = { ...last, minutes, status: state.before(day).status };
    this.#fire({
      at,
      session: marketSessionAt(record.venue ?? "KRX", record.eventTime),
      time: record.eventTime,
      windowTime: record.eventTime,
      filled: false,
      byStatus: true,
      outOfOrder: false,
      offset,
      before: () => ({ ...last, minutes, status: was }),
    }, matches);
  }

  #fire(event: Event, matches: Match[]): void {
    for (const rule of this.#rules.values()) {
      if (!rule.enabled || !this.#isFor(rule, event.at.trade.symbol)) continue;
      if (rule.expiresAt !== null && rule.expiresAt <= this.#watermark) continue;
      if (rule.sessions !== null && !rule.sessions.includes(event.session)) continue;
      if (event.filled && event.time < rule.armedAt) continue;
      if (event.byStatus && !needsStatus(rule.conditions)) continue;
      const match = this.#matchOf(rule, event);
      if (match !== undefined) matches.push(match);
    }
  }

  #matchOf(rule: Rule, event: Event): Match | undefined {
    const { at, offset } = event;
    const { symbol } = at.trade;
    const window = windowOf(rule, event.windowTime, this.windowMs);
    const fired = this.#firedOf(
      firedKey({ ruleId: rule.id, symbol: isForMany(rule) ? symbol : null, armed: rule.armed }),
    );
    if (fired.has(window.start) || !holdsAt(rule, at)) return undefined;
    if (rule.on === "crossing" && (event.outOfOrder || holdsAt(rule, event.before(rule.sessions)))) {
      return undefined;
    }
    const day = seoulDay(event.windowTime);
    const share = dailyShare(rule, this.#partitions);
    const count = this.#perDay.get(`${rule.id}@${day}`) ?? 0;
    if (count >= share) return undefined;
    fired.add(window.start);
    this.#countOn(rule.id, day);
    return {
      ...matchOf(rule, at.trade, window.start, offset),
      marketSession: event.session,
      ...(event.byStatus || at.trade.origin === undefined ? {} : { origin: at.trade.origin }),
      eventTime: event.time,
      values: rule.conditions.map((condition) => measuredUnits(condition, at) as number),
      ...(count + 1 === share ? { closing: true } : {}),
    };
  }

  #isFor(rule: Rule, symbol: Symbol): boolean {
    if (rule.symbol !== null) return rule.symbol === symbol;
    if (rule.symbols !== null) return rule.symbols.includes(symbol);
    if (rule.market === "*") return symbol !== CANARY_SYMBOL;
    const reference = this.#references.get(symbol);
    return rule.market !== null && reference !== undefined && isOfMarket(reference, rule.market);
  }

  #referenceOn(symbol: Symbol, at: number): SymbolReference | undefined {
    const reference = this.#references.get(symbol);
    return reference?.date === dateOf(at) ? reference : undefined;
  }

  /** A symbol's minutes as one of its trades finds them, where it and the event are of the partition's day. */
  #minutesOf(trade: Trade, day: number, pending: boolean): Minutes | undefined {
    if (seoulDay(trade.eventTime) !== day || day !== seoulDay(this.#watermark)) return undefined;
    return this.#state(trade.symbol).minutes.at(trade, pending);
  }

  #state(symbol: Symbol): SymbolState {
    let state = this.#symbols.get(symbol);
    if (state === undefined) this.#symbols.set(symbol, state = new SymbolState());
    return state;
  }

  #firedOf(key: string): Set<number> {
    let fired = this.#fired.get(key);
    if (fired === undefined) this.#fired.set(key, fired = new Set());
    return fired;
  }

  #countOn(ruleId: string, day: number): void {
    const key = `${ruleId}@${day}`;
    this.#perDay.set(key, (this.#perDay.get(key) ?? 0) + 1);
  }
}

function firedKey({ ruleId, symbol, armed }: Pick<FiredMark, "ruleId" | "symbol" | "armed">): string {
  return `${ruleId}${symbol === null ? "" : `:${symbol}`}!${armed}`;
}

/** Of a symbol that has not traded today: its base price; where that is not known, a price of 0 says so. */
function emptySnapshot({ symbol, eventTime }: StatusEvent, reference: SymbolReference | undefined): Snapshot {
  const price = reference?.basePrice ?? 0;
  const nothing = { symbol, eventTime, price, change: 0 } as Trade;
  return closeBefore(snapshotOf(nothing, price > 0 ? { reference } : {}));
}

/** An event that says all that its kind needs; undefined for any other: it is passed over. */
function readEvent({ value }: TradeRecord): MarketEvent | undefined {
  try {
    return decodeMarketEvent(value as Uint8Array);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}

function readTrade(offset: number, value: Uint8Array | null, rejected: Rejected[]): Trade | undefined {
  if (value === null) {
    rejected.push({ offset, code: "null_value", reason: "a trade has no value", bytes: new Uint8Array() });
    return undefined;
  }
  try {
    return decodeTrade(value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    rejected.push({ offset, code: thrown.code, reason: thrown.message, bytes: value });
    return undefined;
  }
}

/** Whether a trade may fire: neither of a halted symbol nor an auction's expected price. */
function isCounted({ halted, session = "0" }: Trade): boolean {
  return halted !== "Y" && session === "0";
}

function matchOf(rule: Rule, trade: Trade, windowStart: number, offset: number): Match {
  const { symbol, price, rate, change, volume, eventTime, sign } = trade;
  return { rule, windowStart, offset, symbol, price, rate, change, volume, eventTime, sign };
}
