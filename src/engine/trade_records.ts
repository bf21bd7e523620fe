import { encodeTrade } from "../market/encode_trade.ts";
import type { Trade } from "../market/trade.ts";
import { NULL_LENGTH, RECORD_HEADER_SIZE } from "../../wasm/layout.ts";
import type { TradeBatch } from "./engine.ts";

const UTF8 = new TextEncoder();

/** A record as it is framed. */
export interface FramedRecord {
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/** Records in the framing `records` of src/ports/event_log.ts. */
export function frameRecords(records: readonly FramedRecord[]): Uint8Array<ArrayBuffer> {
  const size = records.reduce((sum, { value }) => sum + RECORD_HEADER_SIZE + (value?.length ?? 0), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { offset, value } of records) {
    view.setFloat64(at, offset, true);
    view.setUint32(at + 8, value === null ? NULL_LENGTH : value.length, true);
    if (value !== null) bytes.set(value, at + RECORD_HEADER_SIZE);
    at += RECORD_HEADER_SIZE + (value?.length ?? 0);
  }
  return bytes;
}

/** Trades that are parsed already as a batch for the engine, offsets rising from `fromOffset`. */
export function batchOf(trades: readonly Trade[], fromOffset: number): TradeBatch {
  const records = trades.map((trade, each) => ({
    offset: fromOffset + each,
    value: UTF8.encode(encodeTrade(trade)),
  }));
  return { framing: "records", bytes: frameRecords(records), fromOffset };
}
