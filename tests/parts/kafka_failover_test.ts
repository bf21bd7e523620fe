import { expect } from "expect";
import { systemClock } from "../../src/core/clock.ts";
import type { EventLog, NewRecord, RecordBatch } from "../../src/ports/event_log.ts";
import { Gatherer, texts, within } from "../support/gather.ts";
import { type KafkaCluster, missingKafka, startKafka } from "../support/kafka_broker.ts";
import { makeTopics, patiently, type TestTopics } from "../support/kafka_log.ts";
import { partTest } from "../support/part.ts";

const need = {
  part: "Kafka",
  // Brokers that are killed must be ours.
  missing: () => Deno.env.get("TICKBELL_TEST_KAFKA") ? "Unset TICKBELL_TEST_KAFKA." : missingKafka(),
};
const KEYS = Array.from({ length: 60 }, (_, at) => `S${String(at).padStart(5, "0")}`);
const RECORDS = 20_000;
const PER_APPEND = 20;
const PARTITIONS = 6;

partTest(
  "Kafka: nothing acknowledged is lost while leaders are killed; order stays; all away is waited out",
  need,
  async () => {
    const cluster = await startKafka(3);
    try {
      const made = await makeTopics(cluster.brokers, {
        partitions: PARTITIONS,
        replication: 3,
        minInsync: 2,
      });
      const log = await made.open();
      try {
        await killLeadersWhileAppending(log, cluster, made);
        await waitForReplicas(log, cluster, made);
        await waitOutAll(log, cluster);
      } finally {
        await log.close();
      }
      await made.close();
    } finally {
      await cluster.stop();
    }
  },
);

/** Appends 20,000 records, 60 keys with rising numbers, while the leader of a partition is killed three times. */
async function killLeadersWhileAppending(
  log: EventLog,
  cluster: KafkaCluster,
  made: TestTopics,
): Promise<void> {
  const acknowledged = new Map<string, number[]>(KEYS.map((key) => [key, []]));
  let written = 0;
  let next = 0;
  const append = async () => {
    while (next < RECORDS) {
      const first = next;
      next += PER_APPEND;
      const records: NewRecord[] = Array.from({ length: PER_APPEND }, (_, at) => {
        const number = first + at;
        return {
          topic: "trades",
          key: KEYS[number % KEYS.length] ?? "",
          value: `${number}`,
          timestamp: number,
        };
      });
      await log.append(records);
      written += records.length;
      for (const { key, timestamp } of records) acknowledged.get(key)?.push(timestamp);
      // Enough time for the killing; the brokers could take everything in a second.
      await systemClock.sleep(2);
    }
  };
  const appending = Promise.all([append(), append()]);
  appending.catch(() => {});
  const victims: number[] = [];
  for (const share of [0.1, 0.4, 0.7]) {
    await poll(() => written >= RECORDS * share, "records to be acknowledged");
    const victim = await leaderOf(made, victims.length);
    victims.push(victim);
    await cluster.kill(victim);
    const atKill = written;
    // It goes on without the killed one.
    await poll(
      () => written > atKill + 1000 || written >= RECORDS,
      "appending to go on after the kill",
      60_000,
    );
    await cluster.restart(victim);
    await poll(() => allInSync(made), "all replicas to be in sync", 60_000);
  }
  await within(appending, "all records to be acknowledged", 60_000);

  const found = new Map<string, number[]>(KEYS.map((key) => [key, []]));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { end } = await log.bounds("trades", partition);
    for await (const batch of log.read({ topic: "trades", partition, from: 0, to: end })) {
      for (const { key, value } of batch.records) {
        found.get(key)?.push(Number(new TextDecoder().decode(value ?? undefined)));
      }
    }
  }
  for (const [key, numbers] of acknowledged) {
    const there = new Set(found.get(key));
    expect([key, numbers.filter((number) => !there.has(number))]).toEqual([key, []]);
    const list = found.get(key) ?? [];
    // In order, and, being idempotent, each once.
    expect([key, list]).toEqual([key, [...there].sort((a, b) => a - b)]);
  }
  expect([...acknowledged.values()].flat().length).toBe(RECORDS);
}

/** Too few replicas are in sync: the append waits, health says so, and reading does not hide it. */
async function waitForReplicas(log: EventLog, cluster: KafkaCluster, made: TestTopics): Promise<void> {
  const minInsync = async (value: string) => {
    const configEntries = [{ name: "min.insync.replicas", value }];
    const resources = [{ type: 2, name: made.names.trades, configEntries }];
    await patiently(() => made.admin.alterConfigs({ validateOnly: false, resources }));
  };
  const victim = await leaderOf(made, 0);
  await cluster.kill(victim);
  await minInsync("3");
  const record: NewRecord = { topic: "trades", key: "late", value: "late", timestamp: 1 };
  let acknowledged = true;
  await poll(async () => {
    acknowledged = false;
    const append = log.append([record]);
    // Closing the log after a failure elsewhere ends it: that failure is the one to read.
    append.then(() => acknowledged = true, () => {});
    await Promise.race([append.catch(() => {}), systemClock.sleep(1000)]);
    return !acknowledged;
  }, "an append that waits");
  // The broker that was killed counts as in sync for a while yet: the leader only waits for it then, and says nothing.
  const waits = /^an append has not been acknowledged for \d+ s: .*NOT_ENOUGH_REPLICAS/;
  await poll(() => waits.test(log.health().detail), "health to say why the append waits", 60_000);
  for (let attempt = 0; attempt < 5; attempt++) {
    for await (const batch of log.read({ topic: "trades", partition: 1, from: 0, to: 10 })) {
      expect(batch.records.length).toBeGreaterThan(0);
    }
    expect(log.health().detail).toMatch(waits);
  }
  await minInsync("2");
  await poll(() => acknowledged && log.health().ok, "the append to be acknowledged, and health to be well");
  await cluster.restart(victim);
  await poll(() => allInSync(made), "all replicas to be in sync", 60_000);
}

/** Every broker goes away and comes back: nothing ends, health reports it, and everything goes on. */
async function waitOutAll(log: EventLog, cluster: KafkaCluster): Promise<void> {
  const gatherer = new Gatherer<RecordBatch>({ commits: true });
  const member = await log.join(gatherer.options("waiting", ["alerts"]));
  await gatherer.until(() => gatherer.owned.length === PARTITIONS, "the assignments");
  await Promise.all([0, 1, 2].map((index) => cluster.kill(index)));
  const append = log.append([{ topic: "alerts", key: "005930", value: "after the outage", timestamp: 1 }]);
  append.catch(() => {});
  await poll(() => !log.health().ok, "health to report it");
  await Promise.all([0, 1, 2].map((index) => cluster.restart(index)));
  await within(append, "the append to be acknowledged", 60_000);
  await gatherer.until(
    () => Object.values(texts(gatherer.batches)).flat().includes("after the outage"),
    "the record to be handed over",
    60_000,
  );
  await poll(() => log.health().ok, "health to be well again");
  await member.leave();
}

/** The index of the broker that leads a partition. */
async function leaderOf(made: TestTopics, partition: number): Promise<number> {
  const { topics } = await patiently(() => made.admin.fetchTopicMetadata({ topics: [made.names.trades] }));
  return (topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? 0) - 1;
}

async function allInSync(made: TestTopics): Promise<boolean> {
  const { topics } = await patiently(() => made.admin.fetchTopicMetadata({ topics: [made.names.trades] }));
  return topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false;
}

async function poll(condition: () => boolean | Promise<boolean>, what: string, ms = 30_000): Promise<void> {
  const until = Date.now() + ms;
  while (!await condition()) {
    if (Date.now() > until) throw new Error(`waited ${ms} ms for ${what}`);
    await systemClock.sleep(20);
  }
}
