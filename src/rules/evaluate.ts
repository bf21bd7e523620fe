/**
 * The rules' meaning in plain TypeScript: the oracle. The WASM engine gives the same matches for the same input; when
 * the two differ, this is the one to read first.
 *
 * @module
 */

import { assert, InputError } from "../core/errors.ts";
import { parseUnits, RATE_SCALE } from "../market/decimal.ts";
import { aheadReason, DEFAULT_MAX_AHEAD_MS } from "../market/ahead.ts";
import { decodeTrade } from "../market/decode_trade.ts";
import { isMarketEvent } from "../market/market_event.ts";
import type { Trade } from "../market/trade.ts";
import {
  DEFAULT_GRACE_MS,
  DEFAULT_WINDOW_MS,
  type Evaluation,
  type Match,
  type PartitionTime,
  type Rejected,
  type WindowOptions,
} from "./evaluation.ts";
import { type Direction, type Rule, scaleOf } from "./rule.ts";

/** A record of the trades topic. */
export interface TradeRecord {
  readonly offset: number;
  readonly value: Uint8Array | null;
  /** Epoch ms; where it is not known, an event time counts as its own arrival. */
  readonly arrival?: number;
}

/** Whether a rule's condition is true of a trade, windows and filters left aside. */
export function holds(rule: Rule, trade: Trade): boolean {
  switch (rule.kind) {
    case "price_limit":
      return (trade.sign === "1" && rule.direction !== "down") ||
        (trade.sign === "4" && rule.direction !== "up");
    case "target_price":
      return compares(rule, trade.price);
    case "change_rate":
      return compares(rule, towards(rule.direction, Math.round(trade.rate * 10 ** RATE_SCALE)));
    case "day_change":
      return compares(rule, towards(rule.direction, trade.change));
  }
}

function towards(direction: Direction | null, signed: number): number {
  if (direction === "up") return signed;
  return direction === "down" ? -signed : Math.abs(signed);
}

function compares(rule: Rule, x: number): boolean {
  const value = unitsOf(rule);
  switch (rule.comparator) {
    case "gt":
      return x > value;
    case "gte":
      return x >= value;
    case "lt":
      return x < value;
    case "lte":
      return x <= value;
    case null:
      return false;
  }
}

/** A rule's value in units of its kind's scale. */
export function unitsOf(rule: Rule): number {
  const parsed = parseUnits(rule.value ?? "", scaleOf(rule.kind));
  assert("units" in parsed, `rule ${rule.id} was not validated: its value is ${rule.value}`);
  return parsed.units;
}

/** Evaluates trades one by one against every rule: slow, and plain to read. */
export class Oracle {
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs: number;
  #watermark = 0;
  /** The latest arrival that was asked for. */
  #arrival = 0;
  readonly #rules = new Map<string, Rule>();
  /** Ids of the rules that have fired, by window number. */
  readonly #fired = new Map<number, Set<string>>();

  constructor(options: WindowOptions = {}) {
    this.windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.maxAheadMs = options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
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

  /** Says that a rule has fired in a window; the rule need not be loaded yet. */
  restore(ruleId: string, windowStart: number): void {
    this.#firedIn(this.#windowOf(windowStart)).add(ruleId);
  }

  evaluate(records: readonly TradeRecord[], fromOffset = 0): Evaluation {
    const matches: Match[] = [];
    const rejected: Rejected[] = [];
    const counts = { trades: 0, passed: 0, late: 0, halted: 0, expected: 0 };
    let nextOffset = fromOffset;
    for (const record of records) {
      const { offset, value } = record;
      if (offset < fromOffset) continue;
      nextOffset = offset + 1;
      if (value !== null && isMarketEvent(value)) {
        counts.passed++;
        continue;
      }
      const trade = readTrade(offset, value, rejected);
      if (trade === undefined) continue;
      if (!this.#reach(trade.eventTime, record.arrival ?? trade.eventTime)) {
        rejected.push({
          offset,
          code: "future_event_time",
          reason: aheadReason(trade.eventTime, record.arrival ?? 0),
          bytes: value as Uint8Array,
        });
        continue;
      }
      counts.trades++;
      const window = this.#windowOf(trade.eventTime);
      if (trade.eventTime < this.#watermark - this.graceMs) counts.late++;
      else if (trade.halted === "Y") counts.halted++;
      else if ((trade.session ?? "0") !== "0") counts.expected++;
      else this.#fire(trade, window, offset, matches);
    }
    return { ...counts, nextOffset, matches, rejected };
  }

  /** Moves the time on to an event time; false: no arrival up to now vouches for it. */
  #reach(eventTime: number, arrival: number): boolean {
    if (eventTime > this.#watermark && eventTime > this.#arrival + this.maxAheadMs) {
      if (eventTime > arrival + this.maxAheadMs) return false;
      this.#arrival = Math.max(this.#arrival, arrival);
    }
    this.#watermark = Math.max(this.#watermark, eventTime);
    return true;
  }

  #fire(trade: Trade, window: number, offset: number, matches: Match[]): void {
    const fired = this.#firedIn(window);
    for (const rule of this.#rules.values()) {
      if (rule.symbol !== trade.symbol || !rule.enabled || fired.has(rule.id)) continue;
      if (rule.expiresAt !== null && rule.expiresAt <= this.#watermark) continue;
      if (!holds(rule, trade)) continue;
      fired.add(rule.id);
      matches.push(matchOf(rule, trade, window * this.windowMs, offset));
    }
  }

  #windowOf(time: number): number {
    return Math.floor(time / this.windowMs);
  }

  #firedIn(window: number): Set<string> {
    let fired = this.#fired.get(window);
    if (fired === undefined) this.#fired.set(window, fired = new Set());
    return fired;
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

function matchOf(rule: Rule, trade: Trade, windowStart: number, offset: number): Match {
  const { symbol, price, rate, change, volume, eventTime, sign } = trade;
  return { rule, windowStart, offset, symbol, price, rate, change, volume, eventTime, sign };
}
