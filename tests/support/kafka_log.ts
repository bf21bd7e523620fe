import { Kafka, logLevel } from "kafkajs";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { isCompacted, partitionsOf, type Topic, TOPICS } from "../../src/ports/topics.ts";

export type Admin = ReturnType<Kafka["admin"]>;

/** Topics of their own on a test's broker. */
export interface TestTopics {
  readonly brokers: readonly string[];
  readonly names: Readonly<Record<Topic, string>>;
  readonly groupPrefix: string;
  readonly admin: Admin;
  open(): Promise<EventLog>;
  /** Deletes a topic, waits so many ms and makes it again, empty. */
  makeAnew(topic: Topic, ms: number): Promise<void>;
  /** Deletes the topics. */
  close(): Promise<void>;
}

/**
 * Asks kafkajs's admin until it answers: it gives up at once when the broker it happens to ask was just killed.
 *
 * @throws what it said last, after 30 s.
 */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      const isOutside = thrown instanceof Error && thrown.name.startsWith("KafkaJS");
      if (!isOutside || Date.now() > until) throw thrown;
      await systemClock.sleep(200);
    }
  }
}

/** Makes the product's topics under names of their own. */
export async function makeTopics(
  brokers: readonly string[],
  options: { readonly partitions: number; readonly replication?: number; readonly minInsync?: number },
): Promise<TestTopics> {
  const prefix = `test-${crypto.randomUUID().slice(0, 8)}.`;
  const names = Object.fromEntries(TOPICS.map((topic) => [topic, `${prefix}${topic}`])) as Record<
    Topic,
    string
  >;
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await patiently(() => admin.connect());
  const wanted = (topics: readonly Topic[]): Parameters<Admin["createTopics"]>[0] => ({
    // Whoever uses them waits: kafkajs's own waiting fails when a broker does not know a new topic yet.
    waitForLeaders: false,
    topics: topics.map((topic) => ({
      topic: names[topic],
      numPartitions: partitionsOf(topic, options.partitions),
      replicationFactor: options.replication ?? 1,
      configEntries: [
        { name: "cleanup.policy", value: isCompacted(topic) ? "compact" : "delete" },
        // It goes by event time, and a broker's first check, half a minute after its start, would delete what tests write.
        { name: "retention.ms", value: "-1" },
        { name: "min.insync.replicas", value: String(options.minInsync ?? 1) },
      ],
    })),
  });
  await patiently(() => admin.createTopics(wanted(TOPICS)));
  return {
    brokers,
    names,
    groupPrefix: prefix,
    admin,
    open: () =>
      openKafkaLog({ brokers, topics: names, groupPrefix: prefix, clock: systemClock, random: Math.random }),
    makeAnew: async (topic, ms) => {
      await patiently(() => admin.deleteTopics({ topics: [names[topic]] }));
      await systemClock.sleep(ms);
      // While brokers are still deleting it there is one of its name.
      for (const until = Date.now() + 30_000; !await patiently(() => admin.createTopics(wanted([topic])));) {
        if (Date.now() > until) throw new Error(`the topic ${names[topic]} cannot be made again`);
        await systemClock.sleep(200);
      }
    },
    close: async () => {
      await patiently(() => admin.deleteTopics({ topics: Object.values(names) }));
      await admin.disconnect();
    },
  };
}
