/**
 * Values in the two framings that the engine takes from an event log, their offsets counted from 0.
 *
 * @module
 */

import {
  BATCH_COUNT,
  BATCH_HEADER_SIZE,
  BATCH_LAST_DELTA,
  BATCH_LENGTH,
  BATCH_MAGIC,
  BATCH_PREFIX_SIZE,
  RECORD_HEADER_SIZE,
} from "../../wasm/layout.ts";

/** Framing `records`, see src/ports/event_log.ts. */
export function frameRecords(values: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + RECORD_HEADER_SIZE + value.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [offset, value] of values.entries()) {
    view.setFloat64(at, offset, true);
    view.setUint32(at + 8, value.length, true);
    bytes.set(value, at + RECORD_HEADER_SIZE);
    at += RECORD_HEADER_SIZE + value.length;
  }
  return bytes;
}

/** One Kafka record batch of magic 2, without keys and headers, its CRC left 0. */
export function frameRecordBatch(values: readonly Uint8Array[]): Uint8Array {
  const body: number[] = [];
  for (const [offset, value] of values.entries()) {
    // Attributes, timestamp delta 0, offset delta, no key; the value; no headers.
    const head = [0, 0, ...zigzag(offset), ...zigzag(-1), ...zigzag(value.length)];
    body.push(...zigzag(head.length + value.length + 1), ...head, ...value, 0);
  }
  const bytes = new Uint8Array(BATCH_HEADER_SIZE + body.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(BATCH_LENGTH, bytes.length - BATCH_PREFIX_SIZE);
  view.setInt8(BATCH_MAGIC, 2);
  view.setInt32(BATCH_LAST_DELTA, values.length - 1);
  view.setInt32(BATCH_COUNT, values.length);
  bytes.set(body, BATCH_HEADER_SIZE);
  return bytes;
}

/** A small number as a zigzag varint. */
function zigzag(value: number): number[] {
  let bits = value < 0 ? -2 * value - 1 : 2 * value;
  const out: number[] = [];
  for (; bits > 127; bits = Math.floor(bits / 128)) out.push((bits & 127) | 128);
  return [...out, bits];
}
