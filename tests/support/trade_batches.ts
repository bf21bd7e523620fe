import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { TradeRecord } from "../../src/rules/evaluate.ts";

const UTF8 = new TextEncoder();

/** A trade as a record of the trades topic. */
export function recordOf(trade: Trade, offset: number): TradeRecord {
  return { offset, value: UTF8.encode(encodeTrade(trade)) };
}

/** Records in framing `records` of src/ports/event_log.ts. */
export function frameRecords(records: readonly TradeRecord[]): Uint8Array<ArrayBuffer> {
  const size = records.reduce((sum, { value }) => sum + 12 + (value?.length ?? 0), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { offset, value } of records) {
    view.setFloat64(at, offset, true);
    view.setUint32(at + 8, value === null ? 0xffffffff : value.length, true);
    if (value !== null) bytes.set(value, at + 12);
    at += 12 + (value?.length ?? 0);
  }
  return bytes;
}
