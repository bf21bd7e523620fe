import type { TradeRecord } from "../../src/rules/evaluate.ts";

/** A Kafka record batch (magic 2) to be written. */
export interface BatchSpec {
  readonly baseOffset: number;
  readonly records: readonly {
    readonly delta: number;
    readonly value: Uint8Array | null;
    readonly key: Uint8Array | null;
    readonly headers: readonly (readonly [Uint8Array, Uint8Array | null])[];
  }[];
  /** 0 for plain data, 32 for a control batch, 1 to 4 for a codec. */
  readonly attributes: number;
  /** The last offset, less the base offset; compaction may leave it higher than the last record's. */
  readonly lastDelta: number;
}

/** The bytes of a batch, its CRC left 0: it is the adapter's to check. https://kafka.apache.org/documentation/#recordbatch */
export function writeBatch(spec: BatchSpec): Uint8Array<ArrayBuffer> {
  const body = spec.records.flatMap((record) => {
    const fields = [
      0,
      ...varint(12_345_678_901),
      ...varint(record.delta),
      ...sized(record.key),
      ...sized(record.value),
      ...varint(record.headers.length),
      ...record.headers.flatMap(([key, value]) => [...sized(key), ...sized(value)]),
    ];
    return [...varint(fields.length), ...fields];
  });
  const bytes = new Uint8Array(61 + body.length);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(spec.baseOffset));
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, 2);
  view.setInt16(21, spec.attributes);
  view.setInt32(23, spec.lastDelta);
  view.setInt32(57, spec.records.length);
  bytes.set(body, 61);
  return bytes;
}

function sized(bytes: Uint8Array | null): number[] {
  return bytes === null ? varint(-1) : [...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  let bits = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const out: number[] = [];
  for (; bits > 127n; bits >>= 7n) out.push(Number(bits & 127n) | 128);
  return [...out, Number(bits)];
}

/** A piece that is not made of records. */
interface Refused {
  readonly offset: number;
  readonly code: string;
  readonly refused: Uint8Array;
}

/** What a reader makes of bytes that should be records. */
export interface ReadBatches {
  readonly items: readonly (TradeRecord | Refused)[];
  readonly nextOffset: number;
}

/**
 * The framing in plain TypeScript, with the engine's rules for what is damaged: a batch that cannot be taken apart is
 * refused in one piece, at the offset of its first record that was not read, and the next one follows.
 */
export function readBatches(bytes: Uint8Array, from: number): ReadBatches {
  const items: (TradeRecord | Refused)[] = [];
  let nextOffset = from;
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
    const length = view.byteLength < 12 ? -1 : 12 + view.getInt32(8);
    const whole = length >= 61 && length <= view.byteLength;
    const batch = bytes.subarray(at, whole ? at + length : bytes.length);
    at += batch.length;
    const refuse = () => items.push({ offset: nextOffset, code: "bad_batch", refused: batch });
    const base = whole ? Number(view.getBigInt64(0)) : -1;
    const lastDelta = whole ? view.getInt32(23) : -1;
    const count = whole ? view.getInt32(57) : -1;
    const sound = whole && view.getInt8(16) === 2 && lastDelta >= 0 && count >= 0;
    if (!sound || base < 0 || base > Number.MAX_SAFE_INTEGER - 0x7fffffff) {
      refuse();
      continue;
    }
    const end = base + lastDelta + 1;
    if (end <= from) continue;
    const attributes = view.getInt16(21);
    const isControl = (attributes & 32) !== 0;
    if (!isControl && (attributes & 7) !== 0) refuse();
    else if (!isControl) {
      try {
        for (const record of recordsOf(batch, { base, lastDelta, count })) {
          if (record.offset < from) continue;
          items.push(record);
          nextOffset = record.offset + 1;
        }
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        refuse();
      }
    }
    nextOffset = Math.max(nextOffset, end);
  }
  return { items, nextOffset };
}

/** Framing `records` from offset 0: what cannot be taken apart is refused to the end. */
export function readRecords(bytes: Uint8Array): ReadBatches {
  const items: (TradeRecord | Refused)[] = [];
  let nextOffset = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const offset = at + 12 <= bytes.length ? view.getFloat64(at, true) : -1;
    const length = at + 12 <= bytes.length ? view.getUint32(at + 8, true) : 0;
    const isNull = length === 0xffffffff;
    const end = at + 12 + (isNull ? 0 : length);
    if (!Number.isSafeInteger(offset) || offset < 0 || end > bytes.length) {
      items.push({ offset: nextOffset, code: "bad_framing", refused: bytes.subarray(at) });
      break;
    }
    items.push({ offset, value: isNull ? null : bytes.subarray(at + 12, end) });
    nextOffset = offset + 1;
    at = end;
  }
  return { items, nextOffset };
}

interface Header {
  readonly base: number;
  readonly lastDelta: number;
  readonly count: number;
}

function* recordsOf(batch: Uint8Array, { base, lastDelta, count }: Header): Generator<TradeRecord> {
  const reader = new Reader(batch.subarray(61));
  let last = -1;
  for (let each = 0; each < count; each++) {
    const record = new Reader(reader.take(reader.varint()));
    record.take(1);
    record.varint();
    const delta = record.varint();
    if (delta <= last || delta > lastDelta) throw new RangeError("offsets must rise");
    last = delta;
    record.sized();
    const value = record.sized();
    let headers = record.varint();
    if (headers < 0) throw new RangeError("negative count");
    for (; headers > 0; headers--) {
      record.sized();
      record.sized();
    }
    record.assertDone();
    yield { offset: base + delta, value };
  }
  reader.assertDone();
}

class Reader {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (length < 0 || length > this.#bytes.length) throw new RangeError("past the end");
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  sized(): Uint8Array | null {
    const length = this.varint();
    return length === -1 ? null : this.take(length);
  }

  varint(): number {
    let bits = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.take(1)[0] as number;
      bits |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        bits = BigInt.asUintN(64, bits);
        return Number((bits >> 1n) ^ -(bits & 1n));
      }
    }
    throw new RangeError("a varint that does not end");
  }

  assertDone(): void {
    if (this.#bytes.length > 0) throw new RangeError("more than was stated");
  }
}
