import { logClosed } from "../../ports/event_log.ts";
import { backoffMs, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { logger } from "../../telemetry/log.ts";
import { CODE } from "./errors.ts";
import { type Broker, type Cluster, type ClusterOptions, createCluster, protocolError } from "./internals.ts";
import { METADATA, metadataRequest, type TopicMetadata } from "./metadata_request.ts";
import type { Trouble } from "./trouble.ts";

const CLOSE_MS = 2000;
const METADATA_SUBJECT = "metadata";
const BACKOFF = { baseMs: 50, capMs: 2000, floorMs: 20 };

export interface BrokerLinkOptions {
  /** What it is for: its troubles are distinguished from those of other links by it. */
  readonly purpose: string;
  readonly connect: Omit<ClusterOptions, "log">;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly trouble: Trouble;
  /** Makes the cluster; kafkajs's by default. */
  readonly cluster?: (options: ClusterOptions) => Cluster;
  /** Aborted when the log is closed. */
  readonly closing: AbortSignal;
}

/**
 * Connections of one purpose to the brokers of a cluster. A broker answers the requests of one connection one after the
 * other, so what may wait (a long poll, a rebalance) has a link of its own.
 */
export class Link {
  readonly cluster: Cluster;
  #options: BrokerLinkOptions;
  #ready: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #coordinator: Broker | undefined;
  #topics = new Map<string, TopicMetadata>();
  #nodes = "";
  /** Subjects in trouble. */
  #ailing = new Set<string>();
  /** Failures in a row, by subject. */
  #failures = new Map<string, number>();

  constructor(options: BrokerLinkOptions) {
    this.#options = options;
    const { cluster = createCluster } = options;
    this.cluster = cluster({
      ...options.connect,
      log: (level, message) => logger("kafka").debug("kafkajs: {level}: {message}", { level, message }),
    });
  }

  /** Connects when that has not been done, again and again until it works or the log is closed. */
  ready(): Promise<void> {
    return this.#ready ??= this.persist("connecting to Kafka", async () => {
      await this.cluster.connect();
      await this.#ask();
    });
  }

  /** What the brokers said last of a topic; undefined before they were asked. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  /**
   * The broker that leads a partition; undefined while none does.
   *
   * @throws {Error} of Kafka's protocol, when the topic or the partition is not there.
   */
  leader(topic: string, partition: number): string | undefined {
    const found = this.#topics.get(topic);
    if (found === undefined) throw protocolError(CODE.unknownTopicOrPartition);
    if (found.errorCode !== 0) throw protocolError(found.errorCode);
    const leader = found.leaders.get(partition);
    if (leader === undefined) throw protocolError(CODE.unknownTopicOrPartition);
    return leader < 0 ? undefined : String(leader);
  }

  /** Asks the brokers who leads what. Never rejects. */
  async refresh(): Promise<void> {
    try {
      await this.ready();
      await this.#ask();
      this.works(METADATA_SUBJECT);
    } catch (thrown) {
      if (!this.#options.closing.aborted) this.#happened(METADATA_SUBJECT, thrown, "asking for metadata");
    }
  }

  /** The broker that coordinates a group; looked up once, and again after an error. */
  async coordinator(groupId: string): Promise<Broker> {
    await this.ready();
    if (this.#coordinator === undefined) {
      this.#coordinator = await this.cluster.findGroupCoordinator({ groupId });
    }
    return this.#coordinator;
  }

  /** Waits a little, longer with every failure of the subject, and asks again who leads what. Never rejects. */
  recover(thrown: unknown, doing: string, subject = doing): Promise<void> {
    this.#happened(subject, thrown, doing);
    const failures = this.#failures.get(subject) ?? 0;
    this.#failures.set(subject, failures + 1);
    this.#coordinator = undefined;
    return this.#refreshing ??= this.#recover(failures).finally(() => this.#refreshing = undefined);
  }

  /** The subject works; so the brokers can be asked. */
  works(subject: string): void {
    for (const well of [subject, METADATA_SUBJECT]) {
      if (!this.#ailing.delete(well)) continue;
      this.#failures.delete(well);
      this.#options.trouble.over(this.#named(well));
    }
  }

  /** Everything works that it is for, or nobody wants it any more. */
  well(): void {
    for (const subject of [...this.#ailing]) this.works(subject);
  }

  /** Does `work` again and again until it works, an error is final, or the log (or `signal`) is closed. */
  async persist<T>(doing: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      if (this.#options.closing.aborted || signal?.aborted) throw logClosed();
      try {
        const result = await work();
        this.works(doing);
        return result;
      } catch (thrown) {
        await this.recover(thrown, doing);
      }
    }
  }

  /** {@link persist} with the broker that leads a partition. */
  persistWithLeader<T>(
    place: { topic: string; partition: number },
    doing: string,
    work: (broker: Broker) => Promise<T>,
  ): Promise<T> {
    return this.persist(doing, async () => {
      await this.ready();
      const nodeId = this.leader(place.topic, place.partition);
      if (nodeId === undefined) throw new Error(`${place.topic}/${place.partition} has no leader just now`);
      return await work(await this.cluster.findBroker({ nodeId }));
    });
  }

  async close(): Promise<void> {
    // Whoever closes in the middle of trouble has not seen its end: nothing is said to work.
    for (const subject of this.#ailing) this.#options.trouble.forget(this.#named(subject));
    this.#ailing.clear();
    if (this.#ready === undefined) return;
    await this.#ready.catch(() => {/* it was never connected */});
    // kafkajs waits for every answer that is still to come; a join may take a minute.
    await Promise.race([this.cluster.disconnect(), this.#options.clock.sleep(CLOSE_MS)]);
  }

  #happened(subject: string, thrown: unknown, doing: string): void {
    this.#ailing.add(subject);
    this.#options.trouble.happened(this.#named(subject), thrown, doing);
  }

  #named(subject: string): string {
    return `${this.#options.purpose}: ${subject}`;
  }

  async #recover(failures: number): Promise<void> {
    const { clock, random, closing } = this.#options;
    await clock.sleep(backoffMs(failures, BACKOFF, random), closing);
    // Before it was ever connected, whoever connects asks.
    if (closing.aborted || this.#nodes === "") return;
    await this.refresh();
  }

  async #ask(): Promise<void> {
    const broker = await this.cluster.brokerPool.findConnectedBroker();
    const newest = broker.versions[METADATA]?.maxVersion ?? 0;
    const { nodes, topics } = await broker.connectionPool.send(metadataRequest(this.#options.topics, newest));
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    const named = JSON.stringify(nodes);
    if (named === this.#nodes) return;
    // kafkajs finds the brokers by its own metadata, which a topic that is missing would spoil.
    this.cluster.targetTopics = new Set(
      topics.filter(({ errorCode }) => errorCode === 0).map(({ name }) => name).slice(0, 1),
    );
    await this.cluster.refreshMetadata();
    this.#nodes = named;
  }
}
