/**
 * Records of one topic and partition in one piece, encoded as they stand in Kafka's record batch (v2): what is made by the
 * ten thousand is never an object each.
 *
 *     record: varint length, i8 attributes, varlong timestampDelta, varint offsetDelta (0, 1, 2, …), varint keyLength, key,
 *             varint valueLength (-1 null), value, varint headerCount, headers; varints are zigzag
 */
export interface RecordPack {
  /** How many, at least one. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** What the records' timestamps are counted from, epoch ms. */
  readonly baseTimestamp: number;
  /** The oldest and the newest of them, epoch ms. */
  readonly oldestTimestamp: number;
  readonly newestTimestamp: number;
}

/** A record of a pack. */
export interface PackedRecord {
  readonly key: string;
  readonly value: Uint8Array | null;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const text = new TextDecoder();

/** The records of a pack, their values views of its bytes. */
export function unpack({ count, bytes, baseTimestamp }: RecordPack): PackedRecord[] {
  const reader = new PackReader(bytes);
  return Array.from({ length: count }, () => reader.next(baseTimestamp));
}

class PackReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(baseTimestamp: number): PackedRecord {
    const length = this.#varint();
    const end = this.#at + length;
    this.#at++;
    const timestamp = baseTimestamp + this.#varint();
    this.#varint();
    const key = text.decode(this.#slice() ?? undefined);
    const value = this.#slice();
    const headers: Record<string, string> = {};
    const count = this.#varint();
    for (let left = count; left > 0; left--) {
      const name = text.decode(this.#slice() ?? undefined);
      headers[name] = text.decode(this.#slice() ?? undefined);
    }
    this.#at = end;
    return { key, value, timestamp, ...(count > 0 ? { headers } : {}) };
  }

  #slice(): Uint8Array | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
