import { expect } from "expect";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { partitionOfKey } from "../../src/core/murmur2.ts";
import type { EventLog, RawBatch, RecordBatch } from "../../src/ports/event_log.ts";
import { eventLogContract, PARTITIONS } from "../contract/event_log.ts";
import { Gatherer, texts } from "../support/gather.ts";
import { type KafkaCluster, missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics, type TestTopics } from "../support/kafka_log.ts";
import { until } from "../support/until.ts";
import { partTest } from "../support/part.ts";
import { decodeRaw } from "../support/raw_records.ts";

const need = { part: "Kafka", missing: missingKafka };
let broker: Promise<KafkaCluster> | undefined;

function topics(): Promise<TestTopics> {
  broker ??= testKafka();
  return broker.then(({ brokers }) => makeTopics(brokers, { partitions: PARTITIONS }));
}

eventLogContract("Kafka", async () => {
  const made = await topics();
  let log = await made.open();
  return {
    log,
    reopen: async () => {
      await log.close();
      return log = await made.open();
    },
    forget: async (topic, partition, before) => {
      // kafkajs's admin searches for the leader only among topics it was asked about before.
      const partitions = [{ partition, offset: String(before) }];
      // And takes a broker's answer that it is not the leader yet for the last word.
      await until(async () => {
        try {
          await made.admin.fetchTopicOffsets(made.names[topic]);
          await made.admin.deleteTopicRecords({ topic: made.names[topic], partitions });
          return true;
        } catch (thrown) {
          if (/not the leader/i.test(String(thrown))) return false;
          throw thrown;
        }
      }, "the topic's leader");
      return log;
    },
    close: async () => {
      await log.close();
      await made.close();
    },
  };
}, (name, body) => partTest(name, need, body));

/** Values that another client wrote, read raw and decoded. */
async function written(log: EventLog, count: number): Promise<{ raw: string[]; decoded: string[] }> {
  const gatherer = new Gatherer<RawBatch>({ commits: false });
  const member = await log.joinRaw(gatherer.options("raw", ["trades"]));
  const all = gatherer.until(
    () => gatherer.batches.flatMap(decodeRaw).length >= count,
    `${count} raw records`,
  );
  await Promise.race([all, member.done]);
  await member.leave();
  const text = (value: Uint8Array | null) => new TextDecoder().decode(value ?? undefined);
  const decoded: string[] = [];
  const partition = partitionOfKey("005930", PARTITIONS);
  const { end } = await log.bounds("trades", partition);
  for await (const batch of log.read({ topic: "trades", partition, from: 0, to: end })) {
    decoded.push(...batch.records.map(({ value }) => text(value)));
  }
  return { raw: gatherer.batches.flatMap(decodeRaw).map(({ value }) => text(value)), decoded };
}

partTest("Kafka: batches of other clients: gzip, and the control batches of transactions", need, async () => {
  const made = await topics();
  const log = await made.open();
  const kafka = new Kafka({ brokers: [...made.brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    transactionalId: made.groupPrefix,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  try {
    const values = Array.from({ length: 50 }, (_, at) => `trade ${at} ${"x".repeat(100)}`);
    const messages = (from: number, to: number) =>
      values.slice(from, to).map((value) => ({ key: "005930", value }));
    await producer.connect();
    for (const [from, to] of [[0, 20], [20, 50]] as const) {
      const transaction = await producer.transaction();
      await transaction.send({
        topic: made.names.trades,
        compression: CompressionTypes.GZIP,
        messages: messages(from, to),
      });
      await transaction.commit();
    }
    expect(await written(log, values.length)).toEqual({ raw: values, decoded: values });

    // What was aborted is left out, also where its batches stand among others of its producer.
    for (
      const [from, to, commits] of [[0, 5, false], [5, 9, true], [9, 12, false], [12, 13, true]] as const
    ) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: made.names.trades, messages: messages(from, to) });
      await (commits ? transaction.commit() : transaction.abort());
    }
    const expected = [...values, ...values.slice(5, 9), ...values.slice(12, 13)];
    expect(await written(log, expected.length)).toEqual({ raw: expected, decoded: expected });
    expect(log.gaps()).toEqual([]);
  } finally {
    await producer.disconnect();
    await log.close();
    await made.close();
  }
});

partTest(
  "Kafka: a process that was frozen has lost its partitions before it does anything for them",
  need,
  async () => {
    const made = await topics();
    let shift = 0;
    // Frozen: the clock has gone on, and nothing else.
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + shift };
    const { brokers, names, groupPrefix } = made;
    const log = await openKafkaLog({ brokers, topics: names, groupPrefix, clock, random: Math.random });
    try {
      const gatherer = new Gatherer<RecordBatch>({ commits: false });
      const member = await log.join(gatherer.options("frozen", ["trades"]));
      await gatherer.until(() => gatherer.owned.length === PARTITIONS, "the assignments");
      const before = [...gatherer.assignments];
      shift = 20_000;
      for (const { signal, commit } of before) {
        await expect(commit({ offset: 1, metadata: "" })).rejects.toMatchObject({ code: "not_assigned" });
        expect(signal.reason).toMatchObject({ code: "not_assigned" });
      }
      expect(await log.committed("frozen", "trades", 0)).toBe(null);
      // It joins again, and nothing was in its way.
      await gatherer.until(() => gatherer.assignments.length === 2 * PARTITIONS, "new assignments");
      expect(gatherer.owned.length).toBe(PARTITIONS);
      await log.append([{ topic: "trades", key: "005930", value: "after", timestamp: 1 }]);
      await gatherer.until(() => Object.values(texts(gatherer.batches)).flat().includes("after"), "a record");
      await member.leave();
    } finally {
      await log.close();
      await made.close();
    }
  },
);

Deno.test.afterAll(async () => {
  await (await broker)?.stop();
});
