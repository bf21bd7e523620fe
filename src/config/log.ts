import { type Topic, TOPIC_SPECS, TOPICS } from "../ports/topics.ts";
import { flag, integer, list, oneOf, optionalText, type Setting, text } from "./setting.ts";

/** The setting of a topic's name: `topicTrades` is `--topic-trades`. */
type TopicSetting<T extends Topic = Topic> = `topic${Capitalize<T>}`;

const topicSettings = Object.fromEntries(
  TOPICS.map((topic) => {
    const { name, content, compacted } = TOPIC_SPECS[topic];
    const description = `Topic of ${content}${compacted ? ", compacted" : ""}.`;
    return [settingOf(topic), text({ default: name, placeholder: "NAME", description })];
  }),
) as Readonly<Record<TopicSetting, Setting<string>>>;

/** The event log: Kafka, or the embedded one. */
export const logSettings = {
  brokers: list({
    default: [],
    placeholder: "HOST:PORT,…",
    description:
      "Some of Kafka's brokers, the others are found through them; without any, the log is DATA_DIR/events.db.",
  }),
  kafkaHosts: list({
    default: [],
    placeholder: "HOST,…",
    description:
      "The hosts of all brokers (names, *.domain, addresses, networks): a role then reaches these and what its " +
      "settings name, and nothing else; without it any host.",
  }),
  ...topicSettings,
  groupPrefix: text({
    default: "tickbell.",
    placeholder: "TEXT",
    description: "Put before the roles' names to make their consumer groups in Kafka.",
  }),
  partitions: integer({
    default: 6,
    min: 1,
    max: 1024,
    placeholder: "N",
    description:
      "Partitions of each topic that is spread by symbol, made by topics create; not to be changed later.",
  }),
  replicationFactor: integer({
    default: 3,
    min: 1,
    max: 16,
    placeholder: "N",
    description: "Replicas of every partition, made by topics create.",
  }),
  minInsyncReplicas: integer({
    default: 2,
    min: 1,
    max: 16,
    placeholder: "N",
    description: "Replicas that must have a record before it is acknowledged, set by topics create.",
  }),
  retentionHours: integer({
    default: 72,
    min: 1,
    max: 87_600,
    placeholder: "HOURS",
    description: "How long trades and quotes stay in Kafka, in hours of event time, set by topics create.",
  }),
  alertRetentionDays: integer({
    default: 30,
    min: 2,
    max: 3650,
    placeholder: "DAYS",
    description: "How long alerts, deliveries and dead letters stay in Kafka, in days, set by topics create.",
  }),
  candleRetentionDays: integer({
    default: 30,
    min: 2,
    max: 3650,
    placeholder: "DAYS",
    description: "How long closed minute candles stay in Kafka, in days, set by topics create.",
  }),
  auditRetentionDays: integer({
    default: 730,
    min: 1,
    max: 36_500,
    placeholder: "DAYS",
    description: "How long the audit stays in Kafka, in days, set by topics create.",
  }),
  logSecret: {
    ...optionalText({
      placeholder: "ID:SECRET,…",
      description:
        "Seals the records of Kafka that give power (rules, alerts, deliveries, control's own): without a good seal " +
        "they are passed over. The first signs, any is believed; 16 characters or more each. Not for the producer.",
    }),
    secret: true,
  },
  acceptUnsealed: flag({
    description:
      "With --log-secret: also believe records without a seal, until topics seal has adopted them.",
  }),
  kafkaTls: flag({ description: "Connect to the brokers with TLS." }),
  kafkaCaFile: optionalText({
    placeholder: "FILE",
    description:
      "PEM file of the authority that signed the brokers' certificates, where it is not a public one.",
  }),
  kafkaSaslMechanism: oneOf(["none", "plain", "scram-sha-256", "scram-sha-512"], {
    default: "none",
    placeholder: "NAME",
    description: "How to sign in to the brokers: none, plain, scram-sha-256 or scram-sha-512.",
  }),
  kafkaSaslUsername: optionalText({ placeholder: "NAME", description: "User name for the brokers." }),
  kafkaSaslPassword: {
    ...optionalText({ placeholder: "TEXT", description: "Password for the brokers." }),
    secret: true,
  },
};

/** The topics' names in the log. */
export function topicNames(
  config: Readonly<Record<TopicSetting, string>>,
): Readonly<Record<Topic, string>> {
  return Object.fromEntries(TOPICS.map((topic) => [topic, config[settingOf(topic)]])) as Record<
    Topic,
    string
  >;
}

function settingOf<T extends Topic>(topic: T): TopicSetting<T> {
  return `topic${topic.charAt(0).toUpperCase()}${topic.slice(1)}` as TopicSetting<T>;
}
