/**
 * The layers of kafkajs below its producer and consumer: brokers, connections, TLS and SASL, metadata, the protocol of
 * groups. They are not its public API, so the version is pinned and checked, and everything that is used is named here
 * with its type. docs/kafka.md says why kafkajs's own producer and consumer are not used.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import pkg from "kafkajs/package.json" with { type: "json" };
import ClusterClass from "kafkajs/src/cluster/index.js";
import assignerProtocol from "kafkajs/src/consumer/assignerProtocol.js";
import loggers from "kafkajs/src/loggers/index.js";
import createSocketFactory from "kafkajs/src/network/socketFactory.js";
import errors from "kafkajs/src/protocol/error.js";
import { assert } from "../../core/errors.ts";
import type { AnswerBuffers } from "./answer_buffers.ts";
import { DirectSocket } from "./direct_socket.ts";
import "./mends.ts";
import type { EncodedBody } from "./wire.ts";

assert(pkg.version === "2.2.4", `kafkajs 2.2.4 is needed, not ${pkg.version}: its inner layers are used`);

/** A request as a connection sends it, and how its response is read. */
export interface ProtocolRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    /** The request's body; the connection puts the header before it. */
    encode(): Promise<EncodedBody>;
  };
  readonly response: {
    decode(bytes: Buffer): Promise<T>;
    parse(decoded: T): Promise<T>;
  };
  /** How long to wait for the response, in ms, when longer than the connection's own limit. */
  readonly requestTimeout?: number;
}

interface OffsetTopics<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

/** A connected broker. */
export interface Broker {
  readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
  /** API key → versions the broker speaks. */
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>;
  disconnect(): Promise<void>;
  initProducerId(
    options: { transactionalId?: string; transactionTimeout: number },
  ): Promise<{ producerId: string; producerEpoch: number }>;
  listOffsets(options: {
    replicaId?: number;
    isolationLevel: number;
    topics: readonly OffsetTopics<{ partition: number; timestamp: number }>[];
  }): Promise<{ responses: OffsetTopics<{ partition: number; offset: string }>[] }>;
  joinGroup(options: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    members: readonly { memberId: string; memberMetadata: Buffer }[];
  }>;
  syncGroup(options: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(options: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(options: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(options: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly OffsetTopics<{ partition: number; offset: string; metadata: string }>[];
  }): Promise<unknown>;
  offsetFetch(options: {
    groupId: string;
    topics: readonly OffsetTopics<{ partition: number }>[];
  }): Promise<{
    responses: OffsetTopics<{ partition: number; offset: string; metadata: string | null }>[];
  }>;
}

/** The brokers of a cluster, its topics and who leads their partitions. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Of which topics kafkajs's own metadata is. */
  targetTopics: Set<string>;
  refreshMetadata(): Promise<void>;
  /** Any broker that is connected or can be connected. */
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
  findBroker(options: { nodeId: string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(options: { groupId: string }): Promise<Broker>;
  getNodeIds(): string[];
}

export interface ClusterOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | Readonly<Record<string, unknown>>;
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  };
  /** Where its connections read large answers to, without TLS. */
  readonly buffers?: AnswerBuffers;
  /** Called with what kafkajs logs: errors and warnings about connections. */
  log(level: "error" | "warn", message: string): void;
}

/** How long a request may take before it is tried again, in ms; a long poll waits much less. */
const REQUEST_TIMEOUT_MS = 10_000;

interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

function directSockets(buffers: AnswerBuffers | undefined): (options: SocketOptions) => DirectSocket {
  return ({ host, port, onConnect }) => new DirectSocket({ host, port }, onConnect, buffers);
}

/** A cluster to be connected; nothing is sent yet. */
export function createCluster(options: ClusterOptions): Cluster {
  const { ERROR, WARN } = loggers.LEVELS;
  const logger = loggers.createLogger({
    level: WARN,
    logCreator: () => ({ level, log }: { level: number; log: { message: string } }) => {
      if (level === ERROR || level === WARN) options.log(level === ERROR ? "error" : "warn", log.message);
    },
  });
  return new ClusterClass({
    logger,
    socketFactory: options.ssl ? createSocketFactory() : directSockets(options.buffers),
    brokers: [...options.brokers],
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    connectionTimeout: 3000,
    authenticationTimeout: 10_000,
    reauthenticationThreshold: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    // Retries with their waits are ours; these only bridge a moment.
    retry: { initialRetryTime: 5, maxRetryTime: 100, retries: 2 },
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  }) as Cluster;
}

/** What a member of a group says and is answered, in the form of Kafka's consumer protocol. */
export const { MemberMetadata, MemberAssignment } = assignerProtocol as {
  MemberMetadata: {
    encode(options: { version: number; topics: readonly string[]; userData: Buffer }): Buffer;
    decode(bytes: Buffer): { topics: string[]; userData: Buffer };
  };
  MemberAssignment: {
    encode(options: { version: number; assignment: Readonly<Record<string, readonly number[]>> }): Buffer;
    decode(bytes: Buffer): { assignment: Record<string, number[]> } | null;
  };
};

/** kafkajs's error for a code of Kafka's protocol; has `type`, `code`, `retriable`. */
export function protocolError(code: number): Error & { type: string; code: number; retriable: boolean } {
  return errors.createErrorFromCode(code);
}
