import { encodeTrade } from "../market/encode_trade.ts";
import type { Trade } from "../market/trade.ts";
import type { TradeBatch } from "./engine.ts";
import { frameRecords } from "./frame_records.ts";

const UTF8 = new TextEncoder();

/**
 * Trades as one batch for the engine.
 *
 * @param trades in the order they came.
 * @param fromOffset the number of the first; whoever numbers trades through may hand a batch over twice, and what was
 * evaluated already fires nothing again.
 */
export function batchOfTrades(trades: readonly Trade[], fromOffset: number): TradeBatch {
  const records = trades.map((trade, at) => ({
    offset: fromOffset + at,
    value: UTF8.encode(encodeTrade(trade)),
  }));
  return { framing: "records", bytes: frameRecords(records), fromOffset };
}
