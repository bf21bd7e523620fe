import { Buffer } from "node:buffer";
import { crc32c } from "@node-rs/crc32";
import type { RecordPack } from "../../core/record_pack.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { HEADER_BYTES, LENGTH_OVERHEAD, MAGIC } from "./record_batch.ts";

/** Who writes a batch, so that a broker knows a batch that is sent again (KIP-98). */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The number of the batch's first record in its partition, from 0, modulo 2^31. */
  readonly baseSequence: number;
}

/** The records of one partition as one uncompressed record batch; see record_batch.ts for its form. */
export function encodeBatch(records: readonly NewRecord[], identity: BatchIdentity): Buffer {
  const first = records[0]?.timestamp ?? 0;
  const writer = new BatchWriter(records);
  let newest = first;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as NewRecord;
    if (record.timestamp > newest) newest = record.timestamp;
    writer.record(record, { index, timestampDelta: record.timestamp - first });
  }
  const bytes = writer.done();
  writeHeader(bytes, { count: records.length, first, newest, identity, length: bytes.length });
  bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_FROM)), CRC_AT);
  return bytes;
}

/** The header of the batch that a pack's records are, which follow it as they are. */
export function packHeader(pack: RecordPack, identity: BatchIdentity): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  const { count, baseTimestamp: first, newestTimestamp: newest } = pack;
  writeHeader(bytes, { count, first, newest, identity, length: HEADER_BYTES + pack.bytes.length });
  bytes.writeUInt32BE(crc32c(pack.bytes, crc32c(bytes.subarray(CRC_FROM))), CRC_AT);
  return bytes;
}

const CRC_AT = 17;
/** The checksum is of everything behind it. */
const CRC_FROM = 21;

/** Writes a batch's header, but for its checksum. */
function writeHeader(
  bytes: Buffer,
  { count, first, newest, identity, length }: {
    count: number;
    /** The first and the newest timestamp. */
    first: number;
    newest: number;
    identity: BatchIdentity;
    /** Of the whole batch, bytes. */
    length: number;
  },
): void {
  bytes.writeBigInt64BE(0n, 0);
  bytes.writeInt32BE(length - LENGTH_OVERHEAD, 8);
  bytes.writeInt32BE(-1, 12);
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(0, 21);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(first), 27);
  bytes.writeBigInt64BE(BigInt(newest), 35);
  bytes.writeBigInt64BE(identity.producerId, 43);
  bytes.writeInt16BE(identity.producerEpoch, 51);
  bytes.writeInt32BE(identity.baseSequence, 53);
  bytes.writeInt32BE(count, 57);
}

/** The most bytes a record can take in a batch, cheaply. */
export function encodedBound(record: NewRecord): number {
  const { key, value, headers } = record;
  let bytes = 40 + key.length * 3;
  if (value !== null) bytes += typeof value === "string" ? value.length * 3 : value.length;
  if (headers !== undefined) {
    for (const name in headers) bytes += 20 + (name.length + (headers[name] as string).length) * 3;
  }
  return bytes;
}

class BatchWriter {
  #bytes: Buffer;
  #at = HEADER_BYTES;

  constructor(records: readonly NewRecord[]) {
    let size = HEADER_BYTES;
    for (const record of records) size += encodedBound(record);
    this.#bytes = Buffer.allocUnsafe(size);
  }

  record(record: NewRecord, delta: { index: number; timestampDelta: number }): void {
    const { value } = record;
    const headers = Object.entries(record.headers ?? {});
    const keyBytes = Buffer.byteLength(record.key);
    const valueBytes = value === null
      ? -1
      : typeof value === "string"
      ? Buffer.byteLength(value)
      : value.length;
    let length = 1 + sizeOfVarint(delta.timestampDelta) + sizeOfVarint(delta.index) + sizeOfVarint(keyBytes) +
      keyBytes + sizeOfVarint(valueBytes) + Math.max(0, valueBytes) + sizeOfVarint(headers.length);
    for (const pair of headers) {
      for (const part of pair) {
        const bytes = Buffer.byteLength(part);
        length += sizeOfVarint(bytes) + bytes;
      }
    }
    this.#varint(length);
    this.#bytes[this.#at++] = 0;
    this.#varint(delta.timestampDelta);
    this.#varint(delta.index);
    this.#text(record.key, keyBytes);
    if (value === null) this.#varint(-1);
    else if (typeof value === "string") this.#text(value, valueBytes);
    else {
      this.#varint(valueBytes);
      this.#bytes.set(value, this.#at);
      this.#at += valueBytes;
    }
    this.#varint(headers.length);
    for (const pair of headers) for (const part of pair) this.#text(part, Buffer.byteLength(part));
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #text(value: string, bytes: number): void {
    this.#varint(bytes);
    this.#at += this.#bytes.write(value, this.#at);
  }

  #varint(value: number): void {
    let left = zigzag(value);
    while (left >= 128) {
      this.#bytes[this.#at++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    this.#bytes[this.#at++] = left;
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let left = zigzag(value); left >= 128; left = Math.floor(left / 128)) size++;
  return size;
}
