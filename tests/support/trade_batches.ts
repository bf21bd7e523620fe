import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { TradeRecord } from "../../src/rules/evaluate.ts";

const UTF8 = new TextEncoder();

/** A trade as a record of the trades topic. */
export function recordOf(trade: Trade, offset: number): TradeRecord {
  return { offset, value: UTF8.encode(encodeTrade(trade)) };
}
