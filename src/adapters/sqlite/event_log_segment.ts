import type { LogRecord, NewRecord, Topic } from "../../ports/event_log.ts";

/** f64 offset, u32 length: what stands before each value in the `records` framing. */
export const HEAD_BYTES = 12;
/** The length that stands for null. */
export const NULL_LENGTH = 0xffffffff;

/** What a segment's row keeps beside the values, as JSON. */
interface SegmentMeta {
  readonly k: readonly string[];
  readonly t: readonly number[];
  readonly h: readonly (Readonly<Record<string, string>> | 0)[];
}

const encoder = new TextEncoder();
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Gathers records of one stream into one segment. */
export class SegmentBuilder {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #keys: string[] = [];
  #timestamps: number[] = [];
  #headers: (Readonly<Record<string, string>> | 0)[] = [];
  readonly firstOffset: number;

  constructor(firstOffset: number) {
    this.firstOffset = firstOffset;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** Bytes of the values so far, with their heads. */
  get size(): number {
    return this.#length;
  }

  add(record: NewRecord): void {
    const { value } = record;
    // A UTF-16 unit needs at most three bytes in UTF-8.
    const most = value === null ? 0 : typeof value === "string" ? value.length * 3 : value.length;
    this.#reserve(HEAD_BYTES + most);
    const start = this.#length + HEAD_BYTES;
    let length = NULL_LENGTH;
    if (typeof value === "string") length = encoder.encodeInto(value, this.#bytes.subarray(start)).written;
    else if (value !== null) {
      this.#bytes.set(value, start);
      length = value.length;
    }
    this.#view.setFloat64(this.#length, this.firstOffset + this.count, true);
    this.#view.setUint32(this.#length + 8, length, true);
    this.#length = start + (length === NULL_LENGTH ? 0 : length);
    this.#keys.push(record.key);
    this.#timestamps.push(record.timestamp);
    this.#headers.push(record.headers ?? 0);
  }

  /** The values in the `records` framing; valid until the next `add`. */
  body(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  meta(): string {
    return JSON.stringify(
      { k: this.#keys, t: this.#timestamps, h: this.#headers } satisfies SegmentMeta,
    );
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** The metas of segments that follow one another, as one. */
export function mergeMetas(metas: readonly string[]): string {
  if (metas.length === 1) return metas[0]!;
  const all = metas.map((meta) => JSON.parse(meta) as SegmentMeta);
  return JSON.stringify(
    {
      k: all.flatMap(({ k }) => k),
      t: all.flatMap(({ t }) => t),
      h: all.flatMap(({ h }) => h),
    } satisfies SegmentMeta,
  );
}

/** The records of a segment with offsets in `[from, to)`. */
export function decodeSegment(
  segment: { topic: Topic; partition: number; meta: string; body: Uint8Array },
  range: { from: number; to: number },
): LogRecord[] {
  const { topic, partition, body } = segment;
  const meta = JSON.parse(segment.meta) as SegmentMeta;
  const records: LogRecord[] = [];
  walk(body, (offset, index, start, length) => {
    if (offset < range.from || offset >= range.to) return;
    records.push({
      topic,
      partition,
      offset,
      key: meta.k[index] ?? "",
      value: length === NULL_LENGTH ? null : body.subarray(start, start + length),
      timestamp: meta.t[index] ?? 0,
      headers: meta.h[index] || NO_HEADERS,
    });
  });
  return records;
}

/** The part of a segment's body from the first record at or after `from`. */
export function cutFront(body: Uint8Array, from: number): Uint8Array {
  let cut = body.length;
  walk(body, (offset, _index, start) => {
    if (offset >= from && start - HEAD_BYTES < cut) cut = start - HEAD_BYTES;
  });
  return body.subarray(cut);
}

/** Calls `each` for every record in the `records` framing; `start` is where the value begins. */
export function walk(
  body: Uint8Array,
  each: (offset: number, index: number, start: number, length: number) => void,
): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  for (let index = 0; at + HEAD_BYTES <= body.length; index++) {
    const length = view.getUint32(at + 8, true);
    each(view.getFloat64(at, true), index, at + HEAD_BYTES, length);
    at += HEAD_BYTES + (length === NULL_LENGTH ? 0 : length);
  }
}

/** Several pieces as one. A single piece is handed back as it is. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
