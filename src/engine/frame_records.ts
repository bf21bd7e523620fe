import { NULL_LENGTH, RECORD_HEADER_SIZE } from "../../wasm/layout.ts";

/** A record of the trades topic, or of a stream of one's own: its offset and its value; null for none. */
export interface FramedRecord {
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/**
 * Records in the framing `records`, as {@link Engine.evaluate} takes them: for each, little-endian, f64 offset, u32 length,
 * the value.
 *
 * @returns the bytes of all records, one after the other.
 */
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
