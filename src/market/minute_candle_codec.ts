import { InputError } from "../core/errors.ts";
import { MAX_EVENT_TIME } from "./decode_trade.ts";
import type { LastTrade, MinuteCandle } from "./minute_candle.ts";
import { isSymbol } from "./symbol.ts";
import { type Trade, TRADE_KEYS } from "./trade.ts";

/** The JSON of a candle, as the engine's module writes it. */
export function encodeCandle({ last, ...candle }: MinuteCandle): string {
  const lasts = last.map(({ trade, high, low }) => {
    const values = LAST_TRADE_KEYS.map((key) => trade[key]);
    while (values.at(-1) === undefined) values.pop();
    return { high, low, values };
  });
  return JSON.stringify({ ...candle, last: lasts });
}

/** The keys whose values stand for a last trade, in their order; null for one that it does not have. */
const LAST_TRADE_KEYS: readonly (keyof Trade)[] = [
  ...TRADE_KEYS.filter((key) => key !== "symbol" && key !== "halted"),
  "venue",
  "marketSession",
  "origin",
  "strength",
  "turnover",
  "viBase",
  "previousVolumeRate",
  "totalBidSize",
  "totalAskSize",
];

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
  const lasts = Array.isArray(candle.last) ? candle.last.map((each) => lastOf(each, candle.symbol)) : [];
  if (!Array.isArray(candle.last) || lasts.includes(undefined)) {
    throw refused("last", "must be a list of trades' values, each with the high and low before it");
  }
  candle.last = lasts;
  return candle as unknown as MinuteCandle;
}

/** A last trade of its values: it is of the candle's symbol, and was not halted. */
function lastOf(last: unknown, symbol: unknown): LastTrade | undefined {
  const { high, low, values } = Object(last);
  if (!isCount(high) || !isCount(low) || !Array.isArray(values) || !isTime(values[0])) return undefined;
  const trade: Record<string, unknown> = { symbol };
  for (let place = 0; place < LAST_TRADE_KEYS.length; place++) {
    const value = values[place] as unknown;
    if (value !== undefined && value !== null) trade[LAST_TRADE_KEYS[place] as string] = value;
  }
  trade.halted = "N";
  return { trade: trade as unknown as Trade, high, low };
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
