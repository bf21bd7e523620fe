import type { Buffer } from "node:buffer";
import type { ProtocolRequest } from "./internals.ts";
import { WireReader, WireWriter } from "./wire.ts";

/** A broker, as brokers name it. */
export interface NodeAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** A topic, as a broker knows it. */
export interface TopicMetadata {
  /** Kafka's error code; 0 is none. */
  readonly errorCode: number;
  readonly name: string;
  /** Another one when the topic was deleted and made anew; "" where the broker is too old to say (before 2.8). */
  readonly topicId: string;
  /** The leader of each partition; -1 while there is none. */
  readonly leaders: ReadonlyMap<number, number>;
}

export interface ClusterMetadata {
  readonly nodes: readonly NodeAddress[];
  readonly topics: readonly TopicMetadata[];
}

export const METADATA = 3;
/** The first version with topic ids that also takes names; it is "flexible": compact lengths and tagged fields. KIP-516, KIP-482. */
const FLEXIBLE = 12;
const PLAIN = 7;

/**
 * A Metadata request for named topics. Unlike kafkajs's it answers for those that are there when one is missing, and with
 * topic ids.
 *
 * @param newest The newest version that the broker speaks.
 */
export function metadataRequest(topics: readonly string[], newest: number): ProtocolRequest<ClusterMetadata> {
  const flexible = newest >= FLEXIBLE;
  return {
    request: {
      apiKey: METADATA,
      apiVersion: flexible ? FLEXIBLE : PLAIN,
      apiName: "Metadata",
      encode: () => Promise.resolve((flexible ? encodeFlexible(topics) : encodePlain(topics)).done()),
    },
    response: {
      decode: (bytes) => Promise.resolve(flexible ? decodeFlexible(bytes) : decodePlain(bytes)),
      parse: (decoded) => Promise.resolve(decoded),
    },
  };
}

/* Metadata request v7 => [name] allow_auto_topic_creation */
function encodePlain(topics: readonly string[]): WireWriter {
  const writer = new WireWriter(64).int32(topics.length);
  for (const topic of topics) writer.string(topic);
  return writer.int8(0);
}

/* Metadata request v12 => [topic_id name TAGS] allow_auto_topic_creation include_authorized_operations TAGS */
function encodeFlexible(topics: readonly string[]): WireWriter {
  // The request's header is flexible as well: its tagged fields, none, end it.
  const writer = new WireWriter(64).uvarint(0).uvarint(topics.length + 1);
  for (const topic of topics) writer.raw(NO_ID).compactString(topic).uvarint(0);
  return writer.int8(0).int8(0).uvarint(0);
}

const NO_ID = new Uint8Array(16);

/*
 * Metadata response v7 => throttle_time [node_id host port rack] cluster_id controller_id
 *   [error_code name is_internal [error_code partition leader leader_epoch [replica] [isr] [offline]]]
 */
function decodePlain(bytes: Buffer): ClusterMetadata {
  const reader = new WireReader(bytes);
  reader.int32();
  const nodes = reader.array(() => {
    const node = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
    reader.string();
    return node;
  });
  reader.string();
  reader.int32();
  const topics = reader.array(() => {
    const errorCode = reader.int16();
    const name = reader.string();
    reader.int8();
    const partitions = reader.array(() => {
      reader.int16();
      const partition = reader.int32();
      const leader = reader.int32();
      reader.int32();
      for (let lists = 0; lists < 3; lists++) reader.array(() => reader.int32());
      return [partition, leader] as const;
    });
    return { errorCode, name, topicId: "", leaders: new Map(partitions) };
  });
  return { nodes, topics };
}

/*
 * Metadata response v12 => throttle_time [node_id host port rack TAGS] cluster_id controller_id
 *   [error_code name topic_id is_internal [error_code partition leader leader_epoch [replica] [isr] [offline] TAGS]
 *   authorized_operations TAGS] TAGS
 */
function decodeFlexible(bytes: Buffer): ClusterMetadata {
  const reader = new WireReader(bytes);
  reader.tags();
  reader.int32();
  const nodes = reader.compactArray(() => {
    const node = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() };
    reader.compactString();
    reader.tags();
    return node;
  });
  reader.compactString();
  reader.int32();
  const topics = reader.compactArray(() => {
    const errorCode = reader.int16();
    const name = reader.compactString();
    const topicId = reader.raw(16).toString("hex");
    reader.int8();
    const partitions = reader.compactArray(() => {
      reader.int16();
      const partition = reader.int32();
      const leader = reader.int32();
      reader.int32();
      for (let lists = 0; lists < 3; lists++) reader.compactArray(() => reader.int32());
      reader.tags();
      return [partition, leader] as const;
    });
    reader.int32();
    reader.tags();
    return { errorCode, name, topicId, leaders: new Map(partitions) };
  });
  return { nodes, topics };
}
