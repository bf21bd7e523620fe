import { Kafka, logLevel } from "kafkajs";
import { OutsideError } from "../../core/errors.ts";
import { partitionsOf, type Topic, TOPICS } from "../../ports/topics.ts";
import { errorType, kafkaError } from "./errors.ts";
import type { KafkaLogOptions } from "./event_log.ts";
// For what it mends in kafkajs.
import "./internals.ts";
import { settingDifferences, settingsFor, type TopicPlan } from "./topic_settings.ts";

/** A topic that is not as planned. */
export interface TopicDifference {
  /** The topic's name in Kafka. */
  readonly name: string;
  /** `missing`, `partitions`, `replication`, or the name of a topic's setting. */
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
}

/** How the brokers are reached. */
export type Connection = Pick<KafkaLogOptions, "brokers" | "topics" | "clientId" | "tls" | "sasl">;

const KNOWN_TRIES = 50;
const KNOWN_MS = 100;

/**
 * Makes the topics that are missing, and waits until every partition of theirs can be used. Topics that are there are left
 * as they are.
 *
 * @returns the names of those that were made.
 * @throws {OutsideError} when the brokers cannot be reached or refuse.
 */
export function createTopics(
  connection: Connection,
  plan: TopicPlan,
  topics: readonly Topic[] = TOPICS,
): Promise<readonly string[]> {
  return withAdmin(connection, "creating topics", async (admin) => {
    const there = await admin.listTopics();
    const missing = topics.filter((topic) => !there.includes(connection.topics[topic]));
    if (missing.length === 0) return [];
    const { brokers } = await admin.describeCluster();
    refuseTooFewBrokers(brokers.length, plan);
    await admin.createTopics({
      // Waited for below: kafkajs's own waiting fails when a broker does not know a new topic yet.
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: connection.topics[topic],
        numPartitions: partitionsOf(topic, plan.partitions),
        replicationFactor: plan.replicationFactor,
        configEntries: Object.entries(settingsFor(topic, plan)).map(([name, value]) => ({ name, value })),
      })),
    });
    const names = missing.map((topic) => connection.topics[topic]);
    // Made means usable: every partition's leader answers for it.
    for (const name of names) await known(() => admin.fetchTopicOffsets(name));
    return names;
  });
}

/**
 * The broker would say no more than INVALID_REPLICATION_FACTOR.
 *
 * @throws {OutsideError} `too_few_brokers`
 */
export function refuseTooFewBrokers(
  count: number,
  { replicationFactor }: Pick<TopicPlan, "replicationFactor">,
): void {
  if (count >= replicationFactor) return;
  const there = count === 1 ? "1 broker" : `${count} brokers`;
  throw new OutsideError(
    "too_few_brokers",
    `the cluster has ${there}, and each partition is to be on ${replicationFactor}: start more, or for a trial give ` +
      `--replication-factor ${count} --min-insync-replicas ${Math.max(1, count - 1)}`,
    { retryable: false },
  );
}

/** The consumer groups that have members now: their roles are running. */
export function busyGroups(connection: Connection, groups: readonly string[]): Promise<readonly string[]> {
  return withAdmin(connection, "asking for groups", async (admin) => {
    const { groups: described } = await admin.describeGroups([...groups]);
    return described.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId);
  });
}

/** Compares the topics with the plan. */
export function checkTopics(connection: Connection, plan: TopicPlan): Promise<readonly TopicDifference[]> {
  return withAdmin(connection, "checking topics", async (admin) => {
    const there = await admin.listTopics();
    const found: TopicDifference[] = [];
    for (const topic of TOPICS) {
      const name = connection.topics[topic];
      if (there.includes(name)) found.push(...await differences(admin, topic, name, plan));
      else found.push({ name, what: "missing", wanted: "a topic", found: "none" });
    }
    return found;
  });
}

async function differences(
  admin: Admin,
  topic: Topic,
  name: string,
  plan: TopicPlan,
): Promise<TopicDifference[]> {
  const { topics: [metadata] } = await known(() => admin.fetchTopicMetadata({ topics: [name] }));
  const partitions = metadata?.partitions ?? [];
  const replicas = new Set(partitions.map((partition) => partition.replicas.length));
  const { resources: [resource] } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name }],
  });
  const settings = new Map(resource?.configEntries.map((entry) => [entry.configName, entry.configValue]));
  const compared: [string, string, string][] = [
    ["partitions", String(partitionsOf(topic, plan.partitions)), String(partitions.length)],
    ["replication", String(plan.replicationFactor), [...replicas].join(" and ")],
  ];
  return [
    ...compared.filter(([, wanted, is]) => wanted !== is)
      .map(([what, wanted, found]) => ({ name, what, wanted, found })),
    ...settingDifferences(topic, plan, settings).map((difference) => ({ name, ...difference })),
  ];
}

/** A topic that was just made is not known to every broker at once. */
async function known<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await ask();
    } catch (thrown) {
      const type = errorType(thrown) ?? "";
      const young = ["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE", "NOT_LEADER_FOR_PARTITION"]
        .includes(type);
      if (!young || tries === KNOWN_TRIES) throw thrown;
      await new Promise((go) => setTimeout(go, KNOWN_MS));
    }
  }
}

type Admin = ReturnType<Kafka["admin"]>;

/** Kafka's number for a topic among resources. */
const TOPIC_RESOURCE = 2;

/** The broker's first reason, where kafkajs wraps one for each topic in an error that gives none. */
function refusalOf(thrown: unknown, doing: string): OutsideError | undefined {
  const { errors } = Object(thrown) as { errors?: readonly (Error & { readonly topic?: string })[] };
  const first = errors?.[0];
  if (first === undefined) return undefined;
  const topic = first.topic === undefined ? "" : ` of ${first.topic}`;
  return kafkaError(first, doing + topic);
}

/**
 * Does something with the brokers' own API.
 *
 * @throws {OutsideError} when they cannot be reached or refuse.
 */
export async function withAdmin<T>(
  connection: Connection,
  doing: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId ?? "tickbell",
    logLevel: logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 50 },
    ...(connection.tls ? { ssl: connection.tls } : {}),
    ...(connection.sasl ? { sasl: connection.sasl as never } : {}),
  }).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (thrown) {
    throw refusalOf(thrown, doing) ?? kafkaError(thrown, doing);
  } finally {
    await admin.disconnect();
  }
}
