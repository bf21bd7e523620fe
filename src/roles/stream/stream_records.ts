import { encodeMarketEvent, type StatusEvent } from "../../market/market_event.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { encodeCandle } from "../../market/minute_candle_codec.ts";
import { MAX_EVENT_TIME } from "../../market/decode_trade.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import type { FiredMark, Match } from "../../rules/evaluation.ts";
import { isForMany } from "../../rules/rule.ts";

/** The record of a closed minute. */
export function candleRecord(candle: MinuteCandle): NewRecord {
  return { topic: "candles", key: candle.symbol, value: encodeCandle(candle), timestamp: candle.start };
}

/** The record of a status beside the candles, as it stood on the trades topic: a restart reads it back with them. */
export function statusRecord(status: StatusEvent): NewRecord {
  const { symbol, eventTime } = status;
  return { topic: "candles", key: symbol, value: encodeMarketEvent(status), timestamp: eventTime };
}

/** The record that a rule which fires once has: `RULE` or `RULE:SYMBOL`, on its symbol's partition. */
export function spentRecord({ rule, symbol, windowStart, eventTime }: Match): NewRecord {
  const mark = { ruleId: rule.id, symbol: isForMany(rule) ? symbol : null, armed: rule.armed, windowStart };
  return {
    topic: "spent",
    key: mark.symbol === null ? rule.id : `${rule.id}:${symbol}`,
    placement: symbol,
    value: JSON.stringify(mark),
    timestamp: eventTime,
  };
}

const decoder = new TextDecoder();

/** What a record of the spent topic says; undefined for one that says nothing. */
export function spentOf(value: Uint8Array): FiredMark | undefined {
  const { ruleId, symbol = null, armed, windowStart } = objectOf(value);
  return isMark(ruleId, armed, windowStart)
    ? {
      ruleId: String(ruleId),
      symbol: symbol as string | null,
      armed: Number(armed),
      windowStart: Number(windowStart),
    }
    : undefined;
}

/** An alert as a restart needs it. */
export interface FiredAlert {
  readonly mark: FiredMark;
  /** Null: of a rule that fires once. */
  readonly windowEnd: number | null;
}

/** The rule and the window of an alert's record: all that a restore needs, so the rest is not validated again. */
export function firedOf(value: Uint8Array): FiredAlert | undefined {
  const { id, ruleId, symbol, armed = 1, windowStart, windowEnd, eventTime } = objectOf(value);
  if (!isMark(ruleId, armed, windowStart)) return undefined;
  const mark = {
    ruleId: String(ruleId),
    symbol: String(id).startsWith(`${ruleId}:`) ? String(symbol) : null,
    armed: Number(armed),
    windowStart: Number(windowStart),
    ...(Number.isSafeInteger(eventTime) ? { at: Number(eventTime) } : {}),
  };
  return { mark, windowEnd: typeof windowEnd === "number" ? windowEnd : null };
}

function isMark(ruleId: unknown, armed: unknown, windowStart: unknown): boolean {
  return typeof ruleId === "string" && Number.isSafeInteger(armed) && Number.isSafeInteger(windowStart) &&
    (windowStart as number) >= 0 && (windowStart as number) < MAX_EVENT_TIME;
}

function objectOf(value: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(decoder.decode(value)));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
