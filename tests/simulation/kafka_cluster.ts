import type { Buffer } from "node:buffer";
import type { Broker, Cluster, ProtocolRequest } from "../../src/adapters/kafka/internals.ts";
import { METADATA } from "../../src/adapters/kafka/metadata_request.ts";
import type { Committed, Topic } from "../../src/ports/event_log.ts";
import type { Host } from "./host.ts";
import { type KafkaModel, NODE_ID } from "./kafka_model.ts";

/** What changes nothing in the cluster, whoever asks. */
const READS = ["Metadata", "Fetch"];

/**
 * The connections of one purpose from a simulated process to the modelled brokers, in the form in which our adapter uses
 * kafkajs's. A connection answers one request after the other, as brokers do.
 */
export class SimCluster implements Cluster {
  targetTopics = new Set<string>();
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
  readonly #broker: Broker;

  constructor(host: Host, model: KafkaModel) {
    this.#broker = new SimBroker(host, model);
    this.brokerPool = { findConnectedBroker: () => Promise.resolve(this.#broker) };
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  refreshMetadata(): Promise<void> {
    return Promise.resolve();
  }

  findBroker(): Promise<Broker> {
    return Promise.resolve(this.#broker);
  }

  findControllerBroker(): Promise<Broker> {
    return Promise.resolve(this.#broker);
  }

  findGroupCoordinator(): Promise<Broker> {
    return Promise.resolve(this.#broker);
  }

  getNodeIds(): string[] {
    return [String(NODE_ID)];
  }
}

class SimBroker implements Broker {
  readonly connectionPool: Broker["connectionPool"];
  /** The plain form of Metadata, whose answers have no topic ids. */
  readonly versions = { [METADATA]: { minVersion: 0, maxVersion: 7 } };
  readonly #host: Host;
  readonly #model: KafkaModel;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, model: KafkaModel) {
    this.#host = host;
    this.#model = model;
    this.connectionPool = { send: (request) => this.#send(request) };
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  initProducerId() {
    return this.#ask("InitProducerId", () => this.#model.initProducerId());
  }

  listOffsets({ topics }: Parameters<Broker["listOffsets"]>[0]) {
    return this.#ask("ListOffsets", () => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, timestamp }) => {
          const { start, end } = this.#model.partition(topic, partition);
          return { partition, offset: String(timestamp === -2 ? start : end) };
        }),
      })),
    }), false);
  }

  joinGroup(asked: Parameters<Broker["joinGroup"]>[0]) {
    const { groupId, memberId, sessionTimeout: sessionMs, rebalanceTimeout: rebalanceMs } = asked;
    const metadata = asked.groupProtocols[0]?.metadata as Buffer;
    return this.#ask(
      `JoinGroup ${groupId}`,
      () => this.#model.group(groupId).join({ memberId, metadata, sessionMs, rebalanceMs }),
    );
  }

  syncGroup({ groupId, generationId, memberId, groupAssignment }: Parameters<Broker["syncGroup"]>[0]) {
    return this.#ask(`SyncGroup ${groupId}`, async () => ({
      memberAssignment: await this.#model.group(groupId).sync({
        memberId,
        generationId,
        assignments: groupAssignment,
      }),
    }));
  }

  heartbeat({ groupId, groupGenerationId, memberId }: Parameters<Broker["heartbeat"]>[0]) {
    return this.#ask(
      `Heartbeat ${groupId}`,
      () => this.#model.group(groupId).heartbeat(memberId, groupGenerationId),
      false,
    );
  }

  leaveGroup({ groupId, memberId }: Parameters<Broker["leaveGroup"]>[0]) {
    return this.#ask(`LeaveGroup ${groupId}`, () => this.#model.group(groupId).leave(memberId));
  }

  offsetCommit({ groupId, groupGenerationId, memberId, topics }: Parameters<Broker["offsetCommit"]>[0]) {
    const offsets = new Map<string, Committed>();
    for (const { topic, partitions } of topics) {
      for (const { partition, offset, metadata } of partitions) {
        offsets.set(`${topic}/${partition}`, { offset: Number(offset), metadata });
      }
    }
    return this.#ask(
      `OffsetCommit ${groupId}`,
      (isLate) => this.#model.group(groupId).commit(memberId, groupGenerationId, offsets, isLate),
    );
  }

  offsetFetch({ groupId, topics }: Parameters<Broker["offsetFetch"]>[0]) {
    return this.#ask(`OffsetFetch ${groupId}`, () => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          const found = this.#model.group(groupId).committed.get(`${topic as Topic}/${partition}`);
          return {
            partition,
            offset: String(found?.offset ?? -1),
            metadata: found?.metadata ?? null,
          };
        }),
      })),
    }), false);
  }

  async #send<T>({ request, response }: ProtocolRequest<T>): Promise<T> {
    const { buffer } = await request.encode();
    // The bytes are as they were when they were sent, whatever becomes of the sender's memory.
    const body = buffer.subarray(0);
    const { apiName } = request;
    const answer = await this.#ask(
      apiName,
      () => this.#model.answer(apiName, body, this.#host),
      !READS.includes(apiName),
    );
    return await response.parse(await response.decode(answer));
  }

  /** One request after the other. */
  #ask<T>(what: string, work: (isLate: boolean) => T | Promise<T>, effect = true): Promise<T> {
    const asked = this.#last.then(() => this.#host.reach(what, work, effect));
    this.#last = asked.then(() => {}, () => {});
    return asked;
  }
}
