import { encodeTrade } from "../market/encode_trade.ts";
import type { Trade } from "../market/trade.ts";
import { RECORD_HEADER_SIZE } from "../../wasm/layout.ts";
import type { TradeBatch } from "./engine.ts";

const UTF8 = new TextEncoder();

/** Trades that are parsed already as a batch for the engine, offsets rising from `fromOffset`. */
export function batchOf(trades: readonly Trade[], fromOffset: number): TradeBatch {
  const values = trades.map((trade) => UTF8.encode(encodeTrade(trade)));
  const size = values.reduce((sum, { length }) => sum + RECORD_HEADER_SIZE + length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [each, value] of values.entries()) {
    view.setFloat64(at, fromOffset + each, true);
    view.setUint32(at + 8, value.length, true);
    bytes.set(value, at + RECORD_HEADER_SIZE);
    at += RECORD_HEADER_SIZE + value.length;
  }
  return { framing: "records", bytes, fromOffset };
}
