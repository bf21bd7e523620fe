/** Kafka as it is found: topics set otherwise, transactions, damaged files, cut connections, full brokers. */
import { Buffer } from "node:buffer";
import { expect } from "expect";
import { Kafka, logLevel } from "kafkajs";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { topicsGrowCommand } from "../../src/cli/commands/topics.ts";
import { loadConfig } from "../../src/config/load.ts";
import { systemClock } from "../../src/core/clock.ts";
import { TOPIC_SPECS, TOPICS } from "../../src/ports/topics.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { allRecords } from "../support/temporary_log.ts";
import { ruleOf } from "../support/rules.ts";
import { partitionOfKey } from "../../src/core/murmur2.ts";
import { RecordsRefusedError } from "../../src/ports/event_log.ts";
import type { EventLog, NewRecord, RawBatch, RecordBatch } from "../../src/ports/event_log.ts";
import { Gatherer, texts, within } from "../support/gather.ts";
import { behindProxy } from "../support/kafka_behind_proxy.ts";
import { type KafkaCluster, missingKafka, startKafka } from "../support/kafka_broker.ts";
import { type Admin, makeTopics, type TestTopics } from "../support/kafka_log.ts";
import { partTest } from "../support/part.ts";
import { decodeRaw } from "../support/raw_records.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { until } from "../support/until.ts";

const need = { part: "Kafka", missing: missingKafka };
const PARTITIONS = 2;
const PARTITION = partitionOfKey("005930", PARTITIONS);
const TOPIC_RESOURCE = 2;

/** One broker behind a proxy, for all tests here. */
let started: Promise<{ cluster: KafkaCluster; proxy: TcpProxy }> | undefined;

function broker(): Promise<{ cluster: KafkaCluster; proxy: TcpProxy }> {
  return started ??= (async () => {
    const proxy = startTcpProxy();
    const cluster = await startKafka(1, behindProxy(proxy));
    return { cluster, proxy };
  })();
}

interface Rig extends TestTopics {
  readonly log: EventLog;
  readonly cluster: KafkaCluster;
  readonly proxy: TcpProxy;
}

function found(name: string, body: (rig: Rig) => Promise<void>): void {
  partTest(`Kafka as it is found: ${name}`, need, async () => {
    const { cluster, proxy } = await broker();
    const made = await makeTopics([`127.0.0.1:${proxy.port}`], { partitions: PARTITIONS });
    const log = await made.open();
    try {
      await body({ ...made, log, cluster, proxy });
    } finally {
      await log.close();
      await made.close();
    }
  });
}

async function set(admin: Admin, topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries }],
  });
}

const text = (value: Uint8Array | null) => new TextDecoder().decode(value ?? undefined);

function trade(value: string, timestamp = Date.now()): NewRecord {
  return { topic: "trades", key: "005930", value, timestamp };
}

async function readAll(log: EventLog): Promise<string[]> {
  const { start, end } = await log.bounds("trades", PARTITION);
  const values: string[] = [];
  for await (const batch of log.read({ topic: "trades", partition: PARTITION, from: start, to: end })) {
    values.push(...batch.records.map(({ value }) => text(value)));
  }
  return values;
}

async function readRaw(log: EventLog, count: number, group = "raw"): Promise<string[]> {
  const gatherer = new Gatherer<RawBatch>({ commits: true });
  const member = await log.joinRaw(gatherer.options(group, ["trades"]));
  const values = () => gatherer.batches.flatMap(decodeRaw).map(({ value }) => text(value));
  await Promise.race([gatherer.until(() => values().length >= count, `${count} records`), member.done]);
  await member.leave();
  return values();
}

found("the broker packs our records anew, by every codec", async ({ admin, names, log }) => {
  const expected: string[] = [];
  for (const codec of ["lz4", "snappy", "gzip", "zstd", "uncompressed"]) {
    await set(admin, names.trades, { "compression.type": codec });
    // Large enough for several blocks of each codec, with much and with nothing to pack.
    const values = Array.from(
      { length: 400 },
      (_, at) => `${codec} ${at} ${"trade ".repeat(at)}${crypto.randomUUID()}`,
    );
    await until(async () => {
      // The broker takes a setting up a moment after it has answered.
      const [position] = await log.append([trade(`${codec} is set`)]);
      expected.push(`${codec} is set`);
      return position !== undefined && await packs(admin, names.trades, codec);
    });
    await log.append(values.map((value) => trade(value)));
    expected.push(...values);
  }
  expect(await readAll(log)).toEqual(expected);
  expect(await readRaw(log, expected.length)).toEqual(expected);
  expect(log.gaps()).toEqual([]);
});

/** Whether the topic has the setting; brokers show it at once. */
async function packs(admin: Admin, name: string, codec: string): Promise<boolean> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name, configNames: ["compression.type"] }],
  });
  return resources[0]?.configEntries[0]?.configValue === codec;
}

found(
  "a smaller max.message.bytes: batches are split, one record that is too large is refused alone",
  async (rig) => {
    const { admin, names, log } = rig;
    await set(admin, names.trades, { "max.message.bytes": "20000" });
    // A broker takes a moment to go by a new setting.
    await until(async () => {
      const error = await log.append([trade("y".repeat(50_000))]).catch((thrown) => thrown);
      return error instanceof RecordsRefusedError;
    });
    const before = await readAll(log);
    const values = Array.from({ length: 3000 }, (_, at) => `trade ${at} ${"x".repeat(80)}`);
    await log.append(values.map((value) => trade(value)));
    expect(await readAll(log)).toEqual([...before, ...values]);
    const append = log.append([trade("before"), trade("y".repeat(50_000)), trade("behind")]);
    const error = await append.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RecordsRefusedError);
    expect([...error.refused.keys()]).toEqual([1]);
    expect(await readAll(log)).toEqual([...before, ...values, "before", "behind"]);
  },
);

found("a topic that takes no old records refuses the old one alone", async ({ admin, names, log }) => {
  await set(admin, names.trades, { "message.timestamp.before.max.ms": "3600000" });
  await until(async () => {
    const error = await log.append([trade("old", Date.now() - 7_200_000), trade("new")]).catch((thrown) =>
      thrown
    );
    return error instanceof RecordsRefusedError && [...error.refused.keys()].join() === "0";
  });
  expect((await readAll(log)).at(-1)).toBe("new");
});

found("answers that never come: not acknowledged, not ready, nothing twice", async ({ log, proxy }) => {
  await log.append([trade("first")]);
  proxy.swallowAnswers(true);
  const append = log.append([trade("second")]);
  await until(() => !log.health().ok);
  proxy.swallowAnswers(false);
  await within(append, "the append", 30_000);
  await until(() => log.health().ok);
  expect(await readAll(log)).toEqual(["first", "second"]);
});

found("connections that are cut in the middle of an answer, again and again", async ({ log, proxy }) => {
  const values = Array.from({ length: 2000 }, (_, at) => `trade ${at} ${"x".repeat(400)}`);
  await log.append(values.map((value) => trade(value)));
  const gatherer = new Gatherer<RecordBatch>({ commits: true });
  const following = new AbortController();
  const followed: string[] = [];
  const follow = (async () => {
    const options = { topic: "trades" as const, partition: PARTITION, from: 0, signal: following.signal };
    for await (const batch of log.read(options)) {
      followed.push(...batch.records.map(({ value }) => text(value)));
    }
  })();
  const cut = proxy.cutMidAnswer({ bytes: 30, times: 12 });
  const member = await log.join(gatherer.options("cut", ["trades"]));
  const more = Array.from({ length: 40 }, (_, at) => `more ${at}`);
  for (const value of more) await log.append([trade(value)]);
  await within(cut, "the cuts", 60_000);
  const expected = [...values, ...more];
  const got = () => Object.values(texts(gatherer.batches)).flat();
  await gatherer.until(() => new Set(got()).size === expected.length, "every record", 60_000);
  await until(() => followed.length >= expected.length);
  expect(followed).toEqual(expected);
  await member.leave();
  following.abort();
  await follow;
  expect(await readAll(log)).toEqual(expected);
});

found(
  "partitions that are added, and a topic that is deleted while it is used",
  async ({ admin, names, log, open }) => {
    await log.append([trade("first")]);
    expect(log.health().ok).toBe(true);
    await admin.createPartitions({ topicPartitions: [{ topic: names.quotes, count: 5 }] });
    await until(() => log.health().detail.includes("has 5 partitions now and had 2"));
    const other = await open();
    try {
      await until(() => other.health().detail.includes("the numbers of partitions differ"));
      await admin.deleteTopics({ topics: [names.control] });
      await until(() => log.health().detail.includes(`missing: ${names.control}`));
      // What is there goes on.
      await log.append([trade("second")]);
      expect(await readAll(log)).toEqual(["first", "second"]);
      await admin.createTopics({
        topics: [{ topic: names.control, numPartitions: 1, replicationFactor: 1 }],
      });
      await until(() => log.health().detail.includes("has 5 partitions now"));
    } finally {
      await other.close();
    }
  },
);

found("a topic that is deleted and made anew while it is read", async ({ admin, names, log }) => {
  const gatherer = new Gatherer<RecordBatch>({ commits: true });
  const member = await log.join(gatherer.options("anew", ["trades"]));
  await log.append(Array.from({ length: 20 }, (_, at) => trade(`old ${at}`)));
  const got = () => Object.values(texts(gatherer.batches)).flat();
  await gatherer.until(() => got().length === 20, "the old ones");
  await admin.deleteTopics({ topics: [names.trades] });
  await until(() => !log.health().ok);
  await admin.createTopics({
    topics: [{ topic: names.trades, numPartitions: PARTITIONS, replicationFactor: 1 }],
  });
  // More than there were: only the topic's id says that it is another one.
  await log.append(Array.from({ length: 30 }, (_, at) => trade(`new ${at}`)));
  await gatherer.until(
    () => got().filter((value) => value.startsWith("new")).length === 30,
    "all new ones",
    30_000,
  );
  await member.leave();
  const gap = { topic: "trades", partition: PARTITION, from: 20, to: 0, reason: "rewound", group: "anew" };
  expect(log.gaps().filter(({ partition }) => partition === PARTITION)).toMatchObject([gap]);
});

found("a topic that was made anew while nobody read it is read from its first record", async (rig) => {
  const { admin, names, log, open } = rig;
  await log.append(Array.from({ length: 20 }, (_, at) => trade(`old ${at}`)));
  expect(await readRaw(log, 20, "away")).toHaveLength(20);
  await log.close();
  await admin.deleteTopics({ topics: [names.trades] });
  await until(async () => !(await admin.listTopics()).includes(names.trades));
  await admin.createTopics({
    topics: [{ topic: names.trades, numPartitions: PARTITIONS, replicationFactor: 1 }],
  });
  const again = await open();
  try {
    // Brokers forget what was committed of a topic with the topic.
    const values = Array.from({ length: 30 }, (_, at) => `new ${at}`);
    await again.append(values.map((value) => trade(value)));
    expect(await readRaw(again, 30, "away")).toEqual(values);
  } finally {
    await again.close();
  }
});

found("a batch that is damaged on the broker's disk is buried with its place and bytes", async (rig) => {
  const { admin, brokers, names, log, cluster } = rig;
  for (const value of ["a", "b", "c", "d"]) await log.append([trade(`value ${value}`)]);
  await cluster.end(0);
  const file = `${cluster.dataFolder(0)}/${names.trades}-${PARTITION}/00000000000000000000.log`;
  const bytes = await Deno.readFile(file);
  const at = Buffer.from(bytes).indexOf("value b");
  bytes[at] = 0x56;
  await Deno.writeFile(file, bytes);
  await cluster.restart(0);
  await admin.disconnect();
  await admin.connect();
  const left = ["value a", "value c", "value d"];
  expect(await readRaw(log, 3)).toEqual(left);
  expect(await readAll(log)).toEqual(left);
  expect(log.gaps()).toMatchObject([{
    topic: "trades",
    partition: PARTITION,
    from: 1,
    to: 2,
    reason: "unreadable",
  }]);
  // One dead letter, though two have read.
  const letters = [];
  const { end } = await log.bounds("deadletter", 0);
  for await (const batch of log.read({ topic: "deadletter", partition: 0, from: 0, to: end })) {
    letters.push(...batch.records);
  }
  expect(letters).toHaveLength(1);
  expect(letters[0]?.headers).toMatchObject({ code: "unreadable_batch", origin: `trades/${PARTITION}/1` });
  expect(text(letters[0]?.value ?? null)).toContain("Value b");
  // Another client's transaction that is never ended keeps back what comes behind it.
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: "hangs", maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: names.trades, messages: [{ key: "005930", value: "open" }] });
  await log.append([trade("behind it")]);
  expect((await readAll(log)).at(-1)).toBe("value d");
  await transaction.commit();
  await producer.disconnect();
  await until(async () => (await readAll(log)).at(-1) === "behind it");
});

found("partitions were added to one topic: topics grow takes everything into new ones", async (rig) => {
  const { admin, brokers, names, log, groupPrefix } = rig;
  const symbols = ["005930", "000660", "035720", "005380", "051910", "207940", "068270", "105560"];
  const rules = symbols.map((symbol) => ruleOf({ id: `r${symbol}`, symbol, value: "1" }));
  await log.append(rules.map((rule) => ({
    topic: "rules",
    key: rule.id,
    placement: rule.symbol as string,
    value: encodeRule(rule),
    timestamp: 1,
  })));
  await log.append(symbols.map((key) => ({ topic: "trades", key, value: "before", timestamp: 1 })));
  await admin.createPartitions({ topicPartitions: [{ topic: names.trades, count: 5 }] });
  const flags: Record<string, string> = { brokers: brokers.join(), groupPrefix, partitions: "5" };
  Object.assign(flags, { replicationFactor: "1", minInsyncReplicas: "1", suffix: ".grown" });
  for (const topic of TOPICS) flags[`topic${topic[0]?.toUpperCase()}${topic.slice(1)}`] = names[topic];
  const lines: string[] = [];
  const grow = () =>
    topicsGrowCommand.run({
      config: loadConfig(topicsGrowCommand.settings, { flags, env: {} }),
      args: [],
      out: (line) => void lines.push(line),
      err: (line) => void lines.push(line),
      signal: new AbortController().signal,
      terminal: false,
    });
  const member = await log.join(new Gatherer<RecordBatch>({ commits: false }).options("stream", ["quotes"]));
  await until(() => member.assignments.length > 0);
  expect(await grow()).toBe(1);
  expect(lines.at(-1)).toMatch(/^stop the roles first .*stream have members$/);
  await member.leave();
  expect([await grow(), lines.at(-1)]).toEqual([0, expect.stringMatching(/^ {2}TICKBELL_TOPIC_\w+=/)]);
  expect(await grow()).toBe(1);
  expect(lines.at(-1)).toContain("have records already");
  const grown = { ...names };
  for (const topic of TOPICS) if (TOPIC_SPECS[topic].spread === "by symbol") grown[topic] += ".grown";
  const opened = await openKafkaLog({
    brokers,
    topics: grown,
    groupPrefix,
    clock: systemClock,
    random: Math.random,
  });
  try {
    for (const topic of ["rules", "trades"] as const) {
      const records = await allRecords(opened, topic);
      expect(records).toHaveLength(symbols.length);
      for (const { key, partition } of records) {
        expect([key, partition]).toEqual([key, partitionOfKey(key.replace(/^r/, ""), 5)]);
      }
    }
    expect(opened.health().ok).toBe(true);
  } finally {
    await opened.close();
    await admin.deleteTopics({ topics: Object.values(grown).filter((name) => name.endsWith(".grown")) });
  }
});

Deno.test.afterAll(async () => {
  const running = await started;
  await running?.cluster.stop();
  await running?.proxy.close();
});
