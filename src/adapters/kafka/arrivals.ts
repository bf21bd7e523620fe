import { arrivalOf, INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import { HEADER_BYTES, LENGTH_OVERHEAD } from "./record_batch.ts";

const text = new TextDecoder();

/**
 * When records of whole, uncompressed record batches arrived, by offset. Nothing is decoded but the record that is asked
 * for: those before it are stepped over, and who asks for rising offsets goes on where the last one was.
 */
export function arrivalsIn(bytes: Uint8Array): (offset: number) => number | undefined {
  const walk = new RecordWalk(bytes);
  return (offset) => walk.arrivalOf(offset);
}

class RecordWalk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Of the batch that is walked: its start, the place after it, its base offset and timestamp. */
  #batch = 0;
  #after = 0;
  #base = 0;
  #timestamp = 0;
  /** The next record in it. */
  #at = 0;
  /** Its offset, where the batch's head says that none is missing in it; else NaN. */
  #next = NaN;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#open(0);
  }

  arrivalOf(offset: number): number | undefined {
    if (offset < this.#base) this.#open(0);
    while (this.#batch < this.#bytes.length) {
      if (offset <= this.#base + this.#view.getInt32(this.#batch + 23)) return this.#inBatch(offset);
      this.#open(this.#after);
    }
    return undefined;
  }

  #open(start: number): void {
    this.#batch = start;
    if (start + HEADER_BYTES > this.#bytes.length) {
      this.#batch = this.#bytes.length;
      return;
    }
    this.#after = start + LENGTH_OVERHEAD + this.#view.getInt32(start + 8);
    this.#base = Number(this.#view.getBigInt64(start));
    this.#timestamp = Number(this.#view.getBigInt64(start + 27));
    this.#at = start + HEADER_BYTES;
    const isDense = this.#view.getInt32(start + 57) === this.#view.getInt32(start + 23) + 1;
    this.#next = isDense ? this.#base : NaN;
  }

  /** Steps over records by their lengths alone, to where the offset's should be. */
  #stepTo(offset: number): void {
    while (this.#next < offset && this.#at < this.#after) {
      const length = this.#varint();
      this.#at += Math.max(0, length);
      this.#next++;
    }
  }

  #inBatch(offset: number): number | undefined {
    this.#stepTo(offset);
    for (let again = 0; again < 2; again++) {
      while (this.#at < this.#after) {
        const start = this.#at;
        const length = this.#varint();
        const end = this.#at + length;
        if (length < 0 || end > this.#after) return undefined;
        this.#at++;
        const timestamp = this.#timestamp + this.#varint();
        const found = this.#base + this.#varint();
        if (found === offset) {
          const arrival = arrivalOf({ timestamp, headers: this.#ingestTime(end) });
          this.#at = start;
          return arrival;
        }
        this.#at = found > offset ? this.#after : end;
      }
      // An offset before the last one that was asked for, or a batch that is not as its head says.
      this.#at = this.#batch + HEADER_BYTES;
      this.#next = NaN;
    }
    return undefined;
  }

  #ingestTime(end: number): Readonly<Record<string, string>> {
    this.#skip();
    this.#skip();
    let value: string | undefined;
    for (let left = this.#varint(); left > 0 && this.#at < end; left--) {
      const name = this.#text();
      if (name === INGEST_TIME_HEADER) value = this.#text();
      else this.#skip();
    }
    return value === undefined ? {} : { [INGEST_TIME_HEADER]: value };
  }

  #text(): string {
    const length = Math.max(0, this.#varint());
    return text.decode(this.#bytes.subarray(this.#at, this.#at += length));
  }

  #skip(): void {
    const length = Math.max(0, this.#varint());
    this.#at += length;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      // What is cut short ends: no byte reads as 0.
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
