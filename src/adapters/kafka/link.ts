import { backoffMs, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { logger } from "../../telemetry/log.ts";
import { errorType, kafkaError, logClosed } from "./errors.ts";
import { type Broker, type Cluster, type ClusterOptions, createCluster } from "./internals.ts";

const CLOSE_MS = 2000;
/** So many different troubles are logged until it works again. */
const MAX_LOGGED = 20;
const BACKOFF = { baseMs: 50, capMs: 2000, floorMs: 20 };

/** What went wrong last, until it works again. */
export class Trouble {
  #told: string | undefined;
  /** Everything that was logged since it worked last. */
  #logged = new Set<string>();
  #log = logger("kafka");

  /** A line for people; undefined while everything works. */
  get told(): string | undefined {
    return this.#told;
  }

  over(): void {
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#logged.clear();
    this.#log.info("Kafka can be reached again");
  }

  happened(thrown: unknown, doing: string): void {
    const { message } = kafkaError(thrown, doing);
    const told = errorType(thrown) === "UNKNOWN_TOPIC_OR_PARTITION"
      ? `${message}: create the topics with "tickbell topics create"`
      : message;
    this.#told = told;
    // The same again and again is logged once; a broker that is back and refuses the password is something new.
    if (this.#logged.has(told) || this.#logged.size === MAX_LOGGED) return;
    this.#logged.add(told);
    this.#log.warn("Kafka: {told}; trying again until it works", { told });
  }
}

export interface LinkOptions {
  readonly connect: Omit<ClusterOptions, "log">;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly trouble: Trouble;
  /** Aborted when the log is closed. */
  readonly closing: AbortSignal;
}

/**
 * Connections of one purpose to the brokers of a cluster. A broker answers the requests of one connection one after the
 * other, so what may wait (a long poll, a rebalance) has a link of its own.
 */
export class Link {
  readonly cluster: Cluster;
  #options: LinkOptions;
  #ready: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #coordinator: Broker | undefined;
  #failures = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.cluster = createCluster({
      ...options.connect,
      log: (level, message) => logger("kafka").debug("kafkajs: {level}: {message}", { level, message }),
    });
  }

  /** Connects when that has not been done, again and again until it works or the log is closed. */
  ready(): Promise<void> {
    return this.#ready ??= this.persist("connecting to Kafka", async () => {
      await this.cluster.connect();
      await this.cluster.addMultipleTargetTopics(this.#options.topics);
    });
  }

  /** The broker that leads a partition; undefined while none does. */
  leader(topic: string, partition: number): string | undefined {
    const found = this.cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) =>
      partitionId === partition
    );
    return found === undefined || found.leader < 0 ? undefined : String(found.leader);
  }

  /** The number of partitions of a topic. */
  partitions(topic: string): number {
    return this.cluster.findTopicPartitionMetadata(topic).length;
  }

  /** The broker that coordinates a group; looked up once, and again after an error. */
  async coordinator(groupId: string): Promise<Broker> {
    await this.ready();
    if (this.#coordinator === undefined) {
      this.#coordinator = await this.cluster.findGroupCoordinator({ groupId });
    }
    return this.#coordinator;
  }

  /** Waits a little, longer with every failure, and asks again who leads what. Never rejects. */
  recover(thrown: unknown, doing: string): Promise<void> {
    this.#options.trouble.happened(thrown, doing);
    this.#coordinator = undefined;
    return this.#refreshing ??= this.#recover().finally(() => this.#refreshing = undefined);
  }

  /** Something worked. */
  works(): void {
    this.#failures = 0;
    this.#options.trouble.over();
  }

  /** Does `work` again and again until it works, an error is final, or the log (or `signal`) is closed. */
  async persist<T>(doing: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      if (this.#options.closing.aborted || signal?.aborted) throw logClosed();
      try {
        const result = await work();
        this.works();
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
    if (this.#ready === undefined) return;
    await this.#ready.catch(() => {/* it was never connected */});
    // kafkajs waits for every answer that is still to come; a join may take a minute.
    await Promise.race([this.cluster.disconnect(), this.#options.clock.sleep(CLOSE_MS)]);
  }

  async #recover(): Promise<void> {
    const { clock, random, closing } = this.#options;
    await clock.sleep(backoffMs(this.#failures++, BACKOFF, random), closing);
    if (closing.aborted) return;
    try {
      await this.cluster.refreshMetadata();
    } catch (thrown) {
      this.#options.trouble.happened(thrown, "asking for metadata");
    }
  }
}
