import type { Buffer } from "node:buffer";
import type { AnswerLease } from "./answer_buffers.ts";
import type { ProtocolRequest } from "./internals.ts";
import type { AbortedTransaction } from "./record_batch.ts";
import { type EncodedBody, WireReader, WireWriter } from "./wire.ts";

/** What is asked of one partition. */
export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What a broker answers for one partition: its records undecoded. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's error code; 0 is none. */
  readonly errorCode: number;
  /** The end of the partition for readers, the last stable offset. */
  readonly endOffset: number;
  /** The partition's end for those who read what is not committed: beyond `endOffset` while a transaction is open. */
  readonly highWatermark: number;
  /** Aborted transactions whose records are among the records. */
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches: the first may begin before the offset asked for, the last may be cut short. */
  readonly records: Buffer;
  /** Absent: the bytes stay as they are for as long as anybody has them. */
  readonly lease?: AnswerLease;
}

export interface FetchOptions {
  readonly partitions: readonly FetchPartition[];
  /** How long the broker waits for the first record, in ms. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

const FETCH = 1;
const VERSION = 11;
const READ_COMMITTED = 1;

/** A Fetch request, version 11: the newest that kafkajs's connections negotiate. KIP-392, KIP-98. */
export function fetchRequest(options: FetchOptions): ProtocolRequest<readonly FetchedPartition[]> {
  return {
    request: {
      apiKey: FETCH,
      apiVersion: VERSION,
      apiName: "Fetch",
      encode: () => Promise.resolve(encode(options)),
    },
    response: {
      decode: (bytes) => Promise.resolve(decodeFetchResponse(bytes)),
      parse: (decoded) => Promise.resolve(decoded),
    },
    requestTimeout: options.maxWaitMs + 5000,
  };
}

/*
 * Fetch request v11 => replica_id max_wait min_bytes max_bytes isolation_level session_id session_epoch
 *   [topic [partition current_leader_epoch fetch_offset log_start_offset partition_max_bytes]] [forgotten] rack_id
 */
function encode(options: FetchOptions): EncodedBody {
  const topics = Map.groupBy(options.partitions, ({ topic }) => topic);
  const writer = new WireWriter(64 + options.partitions.length * 64);
  writer.int32(-1).int32(options.maxWaitMs).int32(1).int32(options.maxBytes);
  writer.int8(READ_COMMITTED).int32(0).int32(-1).int32(topics.size);
  for (const [topic, partitions] of topics) {
    writer.string(topic).int32(partitions.length);
    for (const { partition, offset } of partitions) {
      writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(options.maxBytesPerPartition);
    }
  }
  return writer.int32(0).string("").done();
}

/*
 * Fetch response v11 => throttle_time error_code session_id [topic [partition error_code high_watermark
 *   last_stable_offset log_start_offset [producer_id first_offset] preferred_read_replica records]]
 */
function decodeFetchResponse(bytes: Buffer): readonly FetchedPartition[] {
  const reader = new WireReader(bytes);
  reader.int32();
  reader.int16();
  reader.int32();
  return reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const highWatermark = reader.int64();
      const endOffset = reader.int64();
      reader.int64();
      const aborted = reader.array(() => ({ producerId: reader.bigint64(), firstOffset: reader.int64() }));
      reader.int32();
      return { topic, partition, errorCode, highWatermark, endOffset, aborted, records: reader.bytes() };
    });
  }).flat();
}
