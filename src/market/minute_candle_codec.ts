import { InputError } from "../core/errors.ts";
import { MAX_EVENT_TIME } from "./decode_trade.ts";
import { encodeTrade } from "./encode_trade.ts";
import type { LastTrade, MinuteCandle } from "./minute_candle.ts";
import { isSymbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";

/** The JSON of a candle, as the engine's module writes it. */
export function encodeCandle({ last, ...candle }: MinuteCandle): string {
  const lasts = last.map(({ trade, high, low }) =>
    `{"high":${high},"low":${low},"trade":${encodeTrade(trade)}}`
  );
  return `${JSON.stringify(candle).slice(0, -1)},"last":[${lasts.join(",")}]}`;
}

const decoder = new TextDecoder("utf-8", { fatal: true });
const NUMBERS = ["start", "open", "high", "low", "close", "volume", "value", "trades"] as const;

/**
 * Reads a record of the `candles` topic. A restart reads a hundred thousand of them at once, so the last trades are only
 * checked to have a symbol and a time: the engine, which is given those that count, refuses what is no trade.
 *
 * @throws {InputError} `bad_candle`.
 */
export function decodeCandle(value: Uint8Array): MinuteCandle {
  let read: unknown;
  try {
    read = JSON.parse(decoder.decode(value));
  } catch {
    throw refused("", "must be a JSON object in UTF-8");
  }
  if (typeof read !== "object" || read === null) throw refused("", "must be a JSON object in UTF-8");
  const candle = read as Record<string, unknown>;
  if (!isSymbol(candle.symbol)) throw refused("symbol", 'must be a code of six characters such as "005930"');
  for (const field of NUMBERS) {
    if (!isCount(candle[field])) throw refused(field, "must be a number, 0 or more");
  }
  if (!isTime(candle.start)) throw refused("start", "must be epoch milliseconds before the year 2100");
  if (!Array.isArray(candle.last) || !candle.last.every(isLast)) {
    throw refused("last", "must be a list of trades, each with the high and low before it");
  }
  return candle as unknown as MinuteCandle;
}

function isLast(last: unknown): last is LastTrade {
  const { trade, high, low } = Object(last);
  const { symbol, eventTime } = Object(trade) as Partial<Trade>;
  return isCount(high) && isCount(low) && isSymbol(symbol) && isTime(eventTime);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isTime(value: unknown): value is number {
  return isCount(value) && value < MAX_EVENT_TIME;
}

function refused(field: string, reason: string): InputError {
  return new InputError("bad_candle", [{ field, code: "bad_candle", reason }], "Cannot read a candle");
}
