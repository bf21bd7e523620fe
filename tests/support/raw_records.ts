import type { RawBatch } from "../../src/ports/event_log.ts";

/** A record as it stands in a raw batch. */
export interface RawRecord {
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/**
 * The wanted records of a raw batch, read plainly in both framings: the tests' own reading of the format, independent
 * of the engine's and the adapters'.
 */
export function decodeRaw(batch: RawBatch): RawRecord[] {
  const records = batch.framing === "records" ? plainRecords(batch.bytes) : batchRecords(batch.bytes);
  return records.filter((record) => record.offset >= batch.fromOffset);
}

function plainRecords(bytes: Uint8Array): RawRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: RawRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const offset = view.getFloat64(at, true);
    const length = view.getUint32(at + 8, true);
    at += 12;
    if (length === 0xffffffff) records.push({ offset, value: null });
    else records.push({ offset, value: bytes.slice(at, at += length) });
  }
  return records;
}

/** KIP-98's record batches: a header of 61 bytes, then records of zigzag varints. */
function batchRecords(bytes: Uint8Array): RawRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: RawRecord[] = [];
  for (let start = 0; start < bytes.length;) {
    const baseOffset = Number(view.getBigInt64(start));
    const end = start + 12 + view.getInt32(start + 8);
    if (end > bytes.length) throw new Error(`a cut batch at ${start}: ends at ${end} of ${bytes.length}`);
    const attributes = view.getInt16(start + 21);
    if ((attributes & 7) !== 0) throw new Error(`a compressed batch at ${start}`);
    if ((attributes & 0x20) === 0) {
      const reader = new VarintReader(bytes.subarray(start + 61, end));
      for (let left = view.getInt32(start + 57); left > 0; left--) records.push(reader.record(baseOffset));
    }
    start = end;
  }
  return records;
}

class VarintReader {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  record(baseOffset: number): RawRecord {
    const length = this.#varint();
    const end = this.#at + length;
    this.#at++; // attributes
    this.#varint(); // timestamp delta
    const offset = baseOffset + this.#varint();
    const keyLength = this.#varint();
    this.#at += Math.max(0, keyLength);
    const valueLength = this.#varint();
    const value = valueLength < 0 ? null : this.#bytes.slice(this.#at, this.#at + valueLength);
    this.#at = end;
    return { offset, value };
  }

  #varint(): number {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("a varint beyond its batch");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }
}
