import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import type { Topic } from "../../src/ports/event_log.ts";
import { TOPICS } from "../../src/ports/topics.ts";
import { eventLogContract, PARTITIONS } from "../contract/event_log.ts";
import { Counters } from "./counters.ts";
import { CALM, Host } from "./host.ts";
import { SimCluster } from "./kafka_cluster.ts";
import { KafkaModel } from "./kafka_model.ts";
import { Scheduler } from "./scheduler.ts";

const names = Object.fromEntries(TOPICS.map((topic) => [topic, topic])) as Record<Topic, string>;

eventLogContract("the model of Kafka", async () => {
  const scheduler = new Scheduler(Date.UTC(2026, 10, 23, 1));
  const model = new KafkaModel(scheduler, PARTITIONS);
  const random = seededRandom(1);
  const host = new Host({ name: "one", scheduler, random, counters: new Counters(), weather: CALM });
  const open = () =>
    openKafkaLog({
      brokers: ["model"],
      topics: names,
      clock: host.clock,
      random,
      cluster: () => new SimCluster(host, model),
    });
  let log = await open();
  let over = false;
  // Time passes as fast as it can while the test waits.
  const passing = (async () => {
    while (!over) if (!await scheduler.step()) await scheduler.settle();
  })();
  return {
    log,
    reopen: async () => {
      await log.close();
      return log = await open();
    },
    forget: (topic, partition, before) => {
      model.partition(topic, partition).forget(before);
      return Promise.resolve(log);
    },
    close: async () => {
      await log.close();
      over = true;
      await passing;
    },
  };
});
