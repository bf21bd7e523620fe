import { OutsideError } from "../../core/errors.ts";
import type { LogRecord, Topic } from "../../ports/event_log.ts";
import { type BrokenBatch, corrupt, HEADER_BYTES, LENGTH_OVERHEAD } from "./record_batch.ts";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const text = new TextDecoder();

/** What was found in record batches. */
export interface DecodedRecords {
  readonly records: readonly LogRecord[];
  /** Batches whose checksum is right and whose lengths do not fit: nothing of them is among the records. */
  readonly broken: readonly BrokenBatch[];
}

/**
 * The records at or after `from` in whole, uncompressed record batches without control batches.
 *
 * Record => length attributes:i8 timestampDelta offsetDelta keyLength key valueLength value headerCount
 *   [nameLength name valueLength value], all numbers zigzag varints. Null has the length -1.
 */
export function decodeRecords(place: Place & { readonly from: number }, bytes: Uint8Array): DecodedRecords {
  const records: LogRecord[] = [];
  const broken: BrokenBatch[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start < bytes.length;) {
    const end = start + LENGTH_OVERHEAD + view.getInt32(start + 8);
    const baseOffset = Number(view.getBigInt64(start));
    const count = records.length;
    try {
      const reader = new RecordDecoder(bytes, { start: start + HEADER_BYTES, end });
      const firstTimestamp = Number(view.getBigInt64(start + 27));
      for (let left = view.getInt32(start + 57); left > 0; left--) {
        const record = reader.next(place, { baseOffset, firstTimestamp });
        if (record.offset >= place.from) records.push(record);
      }
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      records.length = count;
      broken.push({
        offset: Math.max(place.from, baseOffset),
        after: baseOffset + view.getInt32(start + 23) + 1,
        bytes: bytes.subarray(start, end),
        reason: thrown.message,
      });
    }
    start = end;
  }
  return { records, broken };
}

interface Place {
  readonly topic: Topic;
  readonly partition: number;
}

class RecordDecoder {
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, range: { start: number; end: number }) {
    this.#bytes = bytes;
    this.#at = range.start;
    this.#end = range.end;
  }

  next({ topic, partition }: Place, batch: { baseOffset: number; firstTimestamp: number }): LogRecord {
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#end) throw corrupt(this.#at, "a record is longer than its batch");
    this.#at++;
    const timestamp = batch.firstTimestamp + this.#varint();
    const offset = batch.baseOffset + this.#varint();
    const key = this.#slice();
    const value = this.#slice();
    const headers = this.#headers();
    this.#at = end;
    return {
      topic,
      partition,
      offset,
      key: key === null ? "" : text.decode(key),
      value,
      timestamp,
      headers,
    };
  }

  #headers(): Readonly<Record<string, string>> {
    const count = this.#varint();
    if (count <= 0) return NO_HEADERS;
    const headers: Record<string, string> = {};
    for (let left = count; left > 0; left--) {
      const name = this.#slice();
      const value = this.#slice();
      if (name) headers[text.decode(name)] = value ? text.decode(value) : "";
    }
    return headers;
  }

  #slice(): Uint8Array | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw corrupt(start, "a field is longer than its batch");
    return this.#bytes.subarray(start, this.#at);
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.#at >= this.#end) throw corrupt(this.#at, "a number is longer than its batch");
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
