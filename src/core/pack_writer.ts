import type { RecordPack } from "./record_pack.ts";

/** A pack stays well under the brokers' default message.max.bytes of 1 MiB. */
const MOST_BYTES = 900_000;
const FIRST_BYTES = 65_536;
/** The numbers before a record's key and value, at most. */
const HEAD_BYTES = 48;

const encoder = new TextEncoder();

/** The headers of a record as they stand in a pack: written once for all records that have the same. */
export function packHeaders(headers: Readonly<Record<string, string>>): Uint8Array {
  const texts = Object.entries(headers).flat().map((text) => encoder.encode(text));
  const bytes = new Uint8Array(texts.reduce((sum, { length }) => sum + length + 5, 5));
  let at = writeVarint(bytes, 0, texts.length / 2);
  for (const text of texts) {
    at = writeVarint(bytes, at, text.length);
    bytes.set(text, at);
    at += text.length;
  }
  return bytes.subarray(0, at);
}

/** A record that is to be written into a pack, but for its value. */
export interface WrittenHead {
  readonly key: string;
  /** Epoch ms. */
  readonly timestamp: number;
  /** From {@link packHeaders}. */
  readonly headers: Uint8Array;
}

/** A record that is to be written into a pack. */
export interface WrittenRecord extends WrittenHead {
  readonly value: string;
}

/** Writes records into packs, one behind the other. */
export class PackWriter {
  readonly #packs: RecordPack[] = [];
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;
  #count = 0;
  #base = 0;
  #oldest = 0;
  #newest = 0;

  add({ value, ...head }: WrittenRecord): void {
    const at = this.valueAt(value.length * 3, head);
    const valueLength = encoder.encodeInto(value, this.#bytes.subarray(at)).written;
    this.added(head, valueLength);
  }

  /** What the next value is written into by who writes it by himself, from {@link valueAt} on. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the value of a record is to be written, before {@link added}. @param most the bytes it has at most. */
  valueAt(most: number, { key, headers }: WrittenHead): number {
    const whole = most + HEAD_BYTES + key.length * 3 + headers.length;
    if (this.#count > 0 && this.#at + whole > MOST_BYTES) this.#close();
    this.#reserve(whole);
    return this.#at + HEAD_BYTES + key.length * 3;
  }

  /** The value of a record was written where {@link valueAt} said: it becomes the next record. */
  added({ key, timestamp, headers }: WrittenHead, valueLength: number): void {
    if (this.#count === 0) this.#base = this.#oldest = this.#newest = timestamp;
    else if (timestamp < this.#oldest) this.#oldest = timestamp;
    else if (timestamp > this.#newest) this.#newest = timestamp;
    const bytes = this.#bytes;
    // Key and value stand where they surely have room, and are put behind the numbers that say how long they are.
    const keyAt = this.#at + HEAD_BYTES;
    const valueAt = keyAt + key.length * 3;
    const keyLength = writeText(bytes, keyAt, key);
    const delta = timestamp - this.#base;
    const length = 1 + sizeOf(delta) + sizeOf(this.#count) + sizeOf(keyLength) + keyLength +
      sizeOf(valueLength) + valueLength + headers.length;
    let at = writeVarint(bytes, this.#at, length);
    bytes[at++] = 0;
    at = writeVarint(bytes, at, delta);
    at = writeVarint(bytes, at, this.#count);
    at = writeVarint(bytes, at, keyLength);
    bytes.copyWithin(at, keyAt, keyAt + keyLength);
    at = writeVarint(bytes, at + keyLength, valueLength);
    bytes.copyWithin(at, valueAt, valueAt + valueLength);
    at += valueLength;
    bytes.set(headers, at);
    this.#at = at + headers.length;
    this.#count++;
  }

  /** The packs of what was added since the last time. */
  take(): readonly RecordPack[] {
    this.#close();
    return this.#packs.splice(0);
  }

  #close(): void {
    if (this.#count === 0) return;
    this.#packs.push({
      count: this.#count,
      bytes: this.#bytes.slice(0, this.#at),
      baseTimestamp: this.#base,
      oldestTimestamp: this.#oldest,
      newestTimestamp: this.#newest,
    });
    this.#at = 0;
    this.#count = 0;
  }

  #reserve(most: number): void {
    const needed = this.#at + most;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** @returns how many bytes were written: a call of the encoder costs more than a short text of ASCII. */
function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + index] = code;
  }
  return text.length;
}

/** @returns where the number ends. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let left = zigzag(value);
  while (left >= 128) {
    bytes[at++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  bytes[at++] = left;
  return at;
}

function sizeOf(value: number): number {
  let size = 1;
  for (let left = zigzag(value); left >= 128; left = Math.floor(left / 128)) size++;
  return size;
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
