/**
 * Kafka's record batch, format v2 (KIP-98):
 *
 *     0 baseOffset i64 | 8 batchLength i32 | 12 partitionLeaderEpoch i32 | 16 magic i8 = 2 | 17 crc u32 (CRC32C of the rest)
 *     21 attributes i16 | 23 lastOffsetDelta i32 | 27 firstTimestamp i64 | 35 maxTimestamp i64
 *     43 producerId i64 | 51 producerEpoch i16 | 53 baseSequence i32 | 57 recordCount i32 | 61 records
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { crc32c } from "@node-rs/crc32";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { LeftOut } from "../../ports/event_log.ts";
import { inflateLz4 } from "./lz4.ts";
import { inflateSnappy } from "./snappy.ts";

export const HEADER_BYTES = 61;
/** baseOffset and batchLength, which batchLength does not count. */
export const LENGTH_OVERHEAD = 12;
export const MAGIC = 2;
/** In attributes: the codec. */
const CODEC = 7;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** The type in a control record's key that ends an aborted transaction (KIP-98). */
const ABORT = 0;
/** No batch of ours unfolds to more; a bomb is refused. */
const INFLATED_MAX = 64 * 2 ** 20;

/** How records are packed, by the codec in a batch's attributes. */
const CODECS: readonly (((bytes: Buffer) => Uint8Array) | undefined)[] = [
  (bytes) => bytes,
  (bytes) => gunzipSync(bytes, { maxOutputLength: INFLATED_MAX }),
  (bytes) => inflateSnappy(bytes, INFLATED_MAX),
  (bytes) => inflateLz4(bytes, INFLATED_MAX),
  (bytes) => zstdDecompressSync(bytes, { maxOutputLength: INFLATED_MAX }),
];

/** A transaction that was aborted: its producer's batches from an offset on, until its control batch. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What is asked of a broker's answer. */
export interface BatchRange {
  /** The first offset wanted. */
  readonly from: number;
  /** The partition's end, as the broker gave it. */
  readonly end: number;
  /** Those that the broker names for these batches. */
  readonly aborted?: readonly AbortedTransaction[];
}

/** A batch that cannot be read. */
export interface BrokenBatch {
  /** The first wanted offset that it takes with it. */
  readonly offset: number;
  /** The offset after it; undefined where its header says nothing that could be true. */
  readonly after: number | undefined;
  /** What is there: the batch, or all that is left of the answer. */
  readonly bytes: Uint8Array;
  readonly reason: string;
}

/** The wanted part of what a broker sent for a partition. */
export interface CheckedBatches {
  /** Whole batches, CRC checked and uncompressed; empty when there is no complete one. */
  readonly bytes: Uint8Array;
  /** The offset after the last record in `bytes` or left out; undefined when there is no complete batch. */
  readonly nextOffset: number | undefined;
  /** Offsets at or after `from` that have no record of anybody's: control batches, aborted transactions. */
  readonly leftOut: LeftOut;
  /** The first batch that cannot be read; nothing after it is in `bytes`. */
  readonly broken?: BrokenBatch;
}

/**
 * Checks a partition's record batches: drops those before `from`, those of aborted transactions, control batches and a
 * tail that is cut short, checks each CRC32C, and inflates what is compressed. The CRC field of a batch that was inflated
 * is no longer that of its bytes. A batch's first offset is not under its CRC, so it must follow the batch before it and
 * end within the partition.
 */
export function checkBatches(records: Buffer, range: BatchRange): CheckedBatches {
  return new BatchCheck(records, range).run();
}

class BatchCheck {
  #records: Buffer;
  #range: BatchRange;
  #transactions: AbortedTransactions;
  #pieces: Uint8Array[] = [];
  #leftOut = { control: 0, aborted: 0, unreadable: 0 };
  #next: number | undefined;
  #start = 0;
  /** Where the batches that can be handed over as they are began. */
  #run = 0;

  constructor(records: Buffer, range: BatchRange) {
    this.#records = records;
    this.#range = range;
    this.#transactions = new AbortedTransactions(range.aborted ?? []);
  }

  run(): CheckedBatches {
    const { broken } = this.#all();
    this.#flush();
    const pieces = this.#pieces;
    const bytes = pieces.length === 1 ? pieces[0] as Uint8Array : Buffer.concat(pieces);
    return {
      // A plain array: a Buffer's slices behave otherwise.
      bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      nextOffset: this.#next,
      leftOut: this.#leftOut,
      ...(broken === undefined ? {} : { broken: this.#describe(broken) }),
    };
  }

  /**
   * Stops at the first batch that is broken.
   *
   * @returns why, or undefined at the end.
   */
  #all(): { broken?: string } {
    const records = this.#records;
    let previous = 0;
    while (this.#start + HEADER_BYTES <= records.length) {
      const start = this.#start;
      const end = start + LENGTH_OVERHEAD + records.readInt32BE(start + 8);
      const magic = records.readInt8(start + 16);
      if (magic !== MAGIC) {
        return { broken: `message format ${magic} is not read: brokers since 0.11 write 2` };
      }
      if (end < start + HEADER_BYTES) return { broken: "its length is impossible" };
      // A broker sends the first batch whole, however large it is.
      if (end > records.length) return start === 0 ? { broken: "it is longer than the answer" } : {};
      const first = Number(records.readBigInt64BE(start));
      const after = first + records.readInt32BE(start + 23) + 1;
      if (first < previous || after <= first || after > this.#range.end) {
        return { broken: "its offset is impossible" };
      }
      if (after > this.#range.from) {
        if (crc32c(records.subarray(start + 21, end)) !== records.readUInt32BE(start + 17)) {
          return { broken: "its checksum is wrong" };
        }
        const broken = this.#batch(start, end, { first, after });
        if (broken !== undefined) return { broken };
        this.#next = after;
      } else this.#leave(start, end);
      previous = after;
      this.#start = end;
    }
    return {};
  }

  /**
   * A wanted batch whose checksum is right.
   *
   * @returns why it cannot be read all the same.
   */
  #batch(start: number, end: number, offsets: { first: number; after: number }): string | undefined {
    const batch = this.#records.subarray(start, end);
    const attributes = batch.readInt16BE(21);
    const wanted = offsets.after - Math.max(offsets.first, this.#range.from);
    if (attributes & CONTROL) {
      this.#transactions.ended(batch);
      this.#leftOut.control += wanted;
      this.#leave(start, end);
      return undefined;
    }
    if (attributes & TRANSACTIONAL && this.#transactions.includes(batch, offsets.after)) {
      this.#leftOut.aborted += wanted;
      this.#leave(start, end);
      return undefined;
    }
    if ((attributes & CODEC) === 0) return undefined;
    const plain = inflate(batch);
    if (typeof plain === "string") return plain;
    this.#leave(start, end);
    this.#pieces.push(plain);
    return undefined;
  }

  /** What stands from `start` to `end` is not handed over as it is. */
  #leave(start: number, end: number): void {
    this.#flush(start);
    this.#run = end;
  }

  #flush(end = this.#start): void {
    if (end > this.#run) this.#pieces.push(this.#records.subarray(this.#run, end));
  }

  #describe(reason: string): BrokenBatch {
    const { from } = this.#range;
    const offset = Math.max(from, this.#next ?? from);
    const { after, end } = this.#goOn(offset);
    return { offset, after, bytes: this.#records.subarray(this.#start, end), reason };
  }

  /** Where reading can go on behind a broken batch: its header may be true, or another batch is found behind it. */
  #goOn(offset: number): { after: number | undefined; end: number } {
    const records = this.#records;
    const start = this.#start;
    const declared = start + LENGTH_OVERHEAD + records.readInt32BE(start + 8);
    const goesOn = (at: number) => {
      const first = firstOffsetAt(records, at);
      return first !== undefined && first > offset && first <= this.#range.end
        ? { after: first, end: at }
        : undefined;
    };
    const next = declared >= start + HEADER_BYTES ? goesOn(declared) : undefined;
    if (next !== undefined) return next;
    for (let at = start + HEADER_BYTES; at + HEADER_BYTES <= records.length; at++) {
      const found = goesOn(at);
      if (found !== undefined) return found;
    }
    const after = Number(records.readBigInt64BE(start)) + records.readInt32BE(start + 23) + 1;
    const sound = declared === records.length && after > offset && after <= this.#range.end;
    return { after: sound ? after : undefined, end: sound ? declared : records.length };
  }
}

/** The first offset of a whole batch with a right checksum that begins here; undefined when none does. */
function firstOffsetAt(records: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > records.length || records.readInt8(at + 16) !== MAGIC) return undefined;
  const end = at + LENGTH_OVERHEAD + records.readInt32BE(at + 8);
  if (end < at + HEADER_BYTES || end > records.length) return undefined;
  if (crc32c(records.subarray(at + 21, end)) !== records.readUInt32BE(at + 17)) return undefined;
  return Number(records.readBigInt64BE(at));
}

/** Which batches belong to aborted transactions, in the order of offsets (KIP-98). */
class AbortedTransactions {
  #coming: AbortedTransaction[];
  #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  includes(batch: Buffer, after: number): boolean {
    while (this.#coming.length > 0 && (this.#coming[0] as AbortedTransaction).firstOffset < after) {
      this.#open.add((this.#coming.shift() as AbortedTransaction).producerId);
    }
    return this.#open.has(batch.readBigInt64BE(43));
  }

  /** A control batch: one record, whose key is a version i16 and a type i16. */
  ended(batch: Buffer): void {
    // length, attributes, timestamp delta, offset delta, key length: one byte each but the first and the timestamp's.
    const key = keyOfFirstRecord(batch);
    if (key !== undefined && key.length >= 4 && key.readInt16BE(2) === ABORT) {
      this.#open.delete(batch.readBigInt64BE(43));
    }
  }
}

function keyOfFirstRecord(batch: Buffer): Buffer | undefined {
  let at = HEADER_BYTES;
  const skipVarint = () => {
    while (at < batch.length && (batch[at] as number) >= 128) at++;
    at++;
  };
  skipVarint();
  at++;
  skipVarint();
  skipVarint();
  const length = (batch[at++] ?? 0) >> 1;
  return at + length <= batch.length ? batch.subarray(at, at + length) : undefined;
}

/** The batch uncompressed, or why that cannot be. */
function inflate(batch: Buffer): Buffer | string {
  const codec = batch.readInt16BE(21) & CODEC;
  const unpack = CODECS[codec];
  if (unpack === undefined) return `compression ${codec} is not known`;
  let records: Uint8Array;
  try {
    records = unpack(batch.subarray(HEADER_BYTES));
  } catch (thrown) {
    return `it does not inflate: ${messageOf(thrown)}`;
  }
  const plain = Buffer.concat([batch.subarray(0, HEADER_BYTES), records]);
  plain.writeInt32BE(plain.length - LENGTH_OVERHEAD, 8);
  plain.writeInt16BE(batch.readInt16BE(21) & ~CODEC, 21);
  return plain;
}

/** Lengths within a batch do not fit, though its checksum is right. */
export function corrupt(at: number, why: string): OutsideError {
  return new OutsideError("kafka_corrupt_batch", `a record batch is damaged at byte ${at}: ${why}`, {
    retryable: false,
  });
}
