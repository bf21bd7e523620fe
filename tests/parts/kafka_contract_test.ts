import { Kafka, logLevel } from "kafkajs";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { COMPACTED, type Topic, TOPICS } from "../../src/ports/event_log.ts";
import { eventLogContract, PARTITIONS } from "../contract/event_log.ts";
import { type KafkaCluster, missingKafka, testKafka } from "../support/kafka_broker.ts";
import { partTest } from "../support/part.ts";

let broker: Promise<KafkaCluster> | undefined;
let runs = 0;

eventLogContract("Kafka", async () => {
  const { brokers } = await (broker ??= testKafka());
  const prefix = `contract-${crypto.randomUUID().slice(0, 8)}-${runs++}`;
  const names = Object.fromEntries(TOPICS.map((topic) => [topic, `${prefix}.${topic}`])) as Record<
    Topic,
    string
  >;
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    topics: TOPICS.map((topic) => ({
      topic: names[topic],
      numPartitions: topic === "deadletter" ? 1 : PARTITIONS,
      replicationFactor: 1,
      configEntries: COMPACTED.includes(topic) ? [{ name: "cleanup.policy", value: "compact" }] : [],
    })),
  });
  const open = () =>
    openKafkaLog({
      brokers,
      topics: names,
      groupPrefix: `${prefix}.`,
      clock: systemClock,
      random: Math.random,
    });
  let log = await open();
  return {
    log,
    reopen: async () => {
      await log.close();
      return log = await open();
    },
    forget: async (topic, partition, before) => {
      // kafkajs's admin looks for the leader only among topics it was asked about before.
      await admin.fetchTopicOffsets(names[topic]);
      await admin.deleteTopicRecords({
        topic: names[topic],
        partitions: [{ partition, offset: String(before) }],
      });
      return log;
    },
    close: async () => {
      await log.close();
      await admin.deleteTopics({ topics: Object.values(names) });
      await admin.disconnect();
    },
  };
}, (name, body) => partTest(name, { part: "Kafka", missing: missingKafka }, body));

Deno.test.afterAll(async () => {
  await (await broker)?.stop();
});
