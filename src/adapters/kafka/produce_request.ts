import type { Buffer } from "node:buffer";
import type { ProtocolRequest } from "./internals.ts";
import { WireReader, WireWriter } from "./wire.ts";

/** One record batch for one partition. */
export interface ProducePartition {
  readonly topic: string;
  readonly partition: number;
  /** Its pieces, one behind the other. */
  readonly batch: readonly Uint8Array[];
}

/** What a broker answers for one partition. */
export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's error code; 0 is none. */
  readonly errorCode: number;
  /** The offset of the batch's first record. */
  readonly baseOffset: number;
}

const PRODUCE = 0;
const VERSION = 7;
const ALL_IN_SYNC_REPLICAS = -1;
const TIMEOUT_MS = 8000;

/**
 * A Produce request, version 7, with acks=all.
 *
 * @param allocate gives the memory in which it is put together.
 *
 * Produce request v7 => transactional_id acks timeout [topic [partition records]]
 */
export function produceRequest(
  partitions: readonly ProducePartition[],
  allocate?: (bytes: number) => Buffer,
): ProtocolRequest<readonly ProducedPartition[]> {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: "Produce",
      encode: () => {
        const topics = Map.groupBy(partitions, ({ topic }) => topic);
        const size = partitions.reduce(
          (sum, { batch, topic }) => sum + lengthOf(batch) + topic.length + 64,
          64,
        );
        const writer = new WireWriter(size, allocate).string(null).int16(ALL_IN_SYNC_REPLICAS).int32(
          TIMEOUT_MS,
        );
        writer.int32(topics.size);
        for (const [topic, batches] of topics) {
          writer.string(topic).int32(batches.length);
          for (const { partition, batch } of batches) {
            writer.int32(partition).int32(lengthOf(batch));
            for (const piece of batch) writer.raw(piece);
          }
        }
        return Promise.resolve(writer.done());
      },
    },
    response: {
      decode: (bytes) => Promise.resolve(decodeProduceResponse(bytes)),
      parse: (decoded) => Promise.resolve(decoded),
    },
  };
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/* Produce response v7 => [topic [partition error_code base_offset log_append_time log_start_offset]] throttle_time */
function decodeProduceResponse(bytes: Buffer): readonly ProducedPartition[] {
  const reader = new WireReader(bytes);
  return reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      reader.int64();
      reader.int64();
      return { topic, partition, errorCode, baseOffset };
    });
  }).flat();
}
