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

export const HEADER_BYTES = 61;
/** baseOffset and batchLength, which batchLength does not count. */
export const LENGTH_OVERHEAD = 12;
export const MAGIC = 2;
/** In attributes: the codec. */
const CODEC = 7;
/** What a batch's codec is called. */
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** No batch of ours unfolds to more; a bomb is refused. */
const INFLATED_MAX = 64 * 2 ** 20;

/** The wanted part of what a broker sent for a partition. */
export interface CheckedBatches {
  /** Whole batches, CRC checked and uncompressed; empty when there is no complete one. */
  readonly bytes: Uint8Array;
  /** The offset after the last record in `bytes`; undefined when that is empty. */
  readonly nextOffset: number | undefined;
}

/** The offsets a broker may answer with. */
export interface OffsetRange {
  /** The first offset wanted. */
  readonly from: number;
  /** The partition's end, as the broker told it. */
  readonly end: number;
}

/**
 * Checks a partition's record batches: drops those before `from` and a tail that is cut short, checks each CRC32C, and
 * inflates gzip and zstd. Control batches stay; their readers skip them. The CRC field of a batch that was inflated is no
 * longer that of its bytes. A batch's first offset is not under its CRC, so it must follow the batch before it and end
 * within the partition.
 *
 * @throws {OutsideError} `kafka_corrupt_batch` (retryable: the next fetch may be whole), `kafka_unknown_format`
 */
export function checkBatches(records: Buffer, range: OffsetRange): CheckedBatches {
  const pieces: Buffer[] = [];
  let nextOffset: number | undefined;
  let previous = 0;
  let start = 0;
  // Where the batches that can be handed over as they are began.
  let run = 0;
  const flush = (end: number) => {
    if (end > run) pieces.push(records.subarray(run, end));
  };
  while (start + HEADER_BYTES <= records.length) {
    const end = start + LENGTH_OVERHEAD + records.readInt32BE(start + 8);
    if (records.readInt8(start + 16) !== MAGIC) {
      throw unknownFormat(`message format ${records.readInt8(start + 16)}`);
    }
    if (end < start + HEADER_BYTES) throw corrupt(start, "its length is impossible");
    if (end > records.length) break;
    const first = Number(records.readBigInt64BE(start));
    const after = first + records.readInt32BE(start + 23) + 1;
    if (first < previous || after <= first || after > range.end) {
      throw corrupt(start, "its offset is impossible");
    }
    previous = after;
    const compressed = (records.readInt16BE(start + 21) & CODEC) !== 0;
    if (after <= range.from || compressed) {
      flush(start);
      run = end;
    }
    if (after > range.from) {
      if (crc32c(records.subarray(start + 21, end)) !== records.readUInt32BE(start + 17)) {
        throw corrupt(start, "its checksum is wrong");
      }
      if (compressed) pieces.push(inflate(records.subarray(start, end)));
      nextOffset = after;
    }
    start = end;
  }
  flush(start);
  const bytes = pieces.length === 1 ? pieces[0] as Buffer : Buffer.concat(pieces);
  // A plain array: a Buffer's slices behave otherwise.
  return { bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), nextOffset };
}

function inflate(batch: Buffer): Buffer {
  const codec = batch.readInt16BE(21) & CODEC;
  const records = inflateRecords(batch.subarray(HEADER_BYTES), codec);
  const plain = Buffer.concat([batch.subarray(0, HEADER_BYTES), records]);
  plain.writeInt32BE(plain.length - LENGTH_OVERHEAD, 8);
  plain.writeInt16BE(batch.readInt16BE(21) & ~CODEC, 21);
  return plain;
}

function inflateRecords(bytes: Buffer, codec: number): Buffer {
  const limit = { maxOutputLength: INFLATED_MAX };
  try {
    if (codec === 1) return gunzipSync(bytes, limit);
    if (codec === 4) return zstdDecompressSync(bytes, limit);
  } catch (thrown) {
    throw corrupt(0, `it does not inflate: ${messageOf(thrown)}`);
  }
  throw unknownFormat(`compression ${CODECS[codec] ?? codec}: use none, gzip or zstd`);
}

export function corrupt(at: number, why: string): OutsideError {
  return new OutsideError("kafka_corrupt_batch", `a record batch at byte ${at} is damaged: ${why}`, {
    retryable: true,
  });
}

function unknownFormat(what: string): OutsideError {
  return new OutsideError("kafka_unknown_format", `records that cannot be read: ${what}`, {
    retryable: false,
  });
}
