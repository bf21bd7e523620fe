import { Buffer } from "node:buffer";

/** The bytes of a request's body. */
export interface EncodedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  /** What `buffer` stands in, which has room before it for the request's head: see mends.ts. */
  readonly roomy?: RoomyBytes;
  size(): number;
}

/** Bytes with room before them. */
export interface RoomyBytes {
  readonly bytes: Buffer;
  /** Where they begin. */
  readonly start: number;
}

/** A request's head: its length, key, version, number and the client's name. */
const HEAD_BYTES = 128;

/** Writes a request's body: big-endian, as Kafka's protocol (non-flexible versions) has it. */
export class WireWriter {
  #bytes: Buffer;
  #at = HEAD_BYTES;

  /** @param allocate Gives at least so many bytes; new ones by default. */
  constructor(size: number, allocate: (bytes: number) => Buffer = (bytes) => Buffer.allocUnsafe(bytes)) {
    this.#bytes = allocate(HEAD_BYTES + size);
  }

  int8(value: number): this {
    this.#reserve(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
    return this;
  }

  /** A number within ±2^53. */
  int64(value: number): this {
    this.#reserve(8);
    this.#at = this.#bytes.writeBigInt64BE(BigInt(value), this.#at);
    return this;
  }

  /** A string with its length; null has the length -1. */
  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).raw(bytes);
  }

  /** A number of 7 bits a byte, as flexible versions have lengths (KIP-482). */
  uvarint(value: number): this {
    this.#reserve(5);
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.#bytes[this.#at++] = (left % 128) | 128;
    this.#bytes[this.#at++] = left;
    return this;
  }

  /** A string with its length plus one. */
  compactString(value: string): this {
    const bytes = Buffer.from(value);
    return this.uvarint(bytes.length + 1).raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** The body in the form kafkajs's connections take it: like one of its encoders. */
  done(): EncodedBody {
    const bytes = this.#bytes.subarray(0, this.#at);
    const buffer = bytes.subarray(HEAD_BYTES);
    return { buf: buffer, buffer, roomy: { bytes, start: HEAD_BYTES }, size: () => buffer.length };
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

/** Reads a response's body. Throws a RangeError beyond its end. */
export class WireReader {
  #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  int64(): number {
    return Number(this.#bytes.readBigInt64BE(this.#skip(8)));
  }

  bigint64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  string(): string {
    const length = this.int16();
    if (length < 0) return "";
    const start = this.#skip(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** A view of bytes with their length before them; empty for null. */
  bytes(): Buffer {
    const length = this.int32();
    return length <= 0 ? this.#bytes.subarray(0, 0) : this.raw(length);
  }

  /** A view of so many bytes. */
  raw(length: number): Buffer {
    const start = this.#skip(length);
    if (start + length > this.#bytes.length) throw new RangeError("bytes beyond the response's end");
    return this.#bytes.subarray(start, start + length);
  }

  uvarint(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#skip(1));
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** "" for null. */
  compactString(): string {
    const length = this.uvarint() - 1;
    return length <= 0 ? "" : this.raw(length).toString("utf8");
  }

  compactArray<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.uvarint() - 1; left > 0; left--) items.push(read());
    return items;
  }

  /** Passes over tagged fields. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.raw(this.uvarint());
    }
  }

  array<T>(read: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let index = 0; index < length; index++) items.push(read());
    return items;
  }

  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
