import { flag, integer, list, oneOf, optionalText, text } from "./setting.ts";

/** The event log: Kafka, or the embedded one. */
export const logSettings = {
  brokers: list({
    default: [],
    placeholder: "HOST:PORT,…",
    description:
      "Some of Kafka's brokers, the others are found through them; without any, the log is DATA_DIR/events.db.",
  }),
  topicTrades: text({
    default: "stock.conclusion.data",
    placeholder: "NAME",
    description: "Topic of trades.",
  }),
  topicQuotes: text({ default: "stock.hoka.data", placeholder: "NAME", description: "Topic of quotes." }),
  topicRules: text({
    default: "stock.rules",
    placeholder: "NAME",
    description: "Topic of rules, compacted.",
  }),
  topicAlerts: text({ default: "alert-topic", placeholder: "NAME", description: "Topic of alerts." }),
  topicDeliveries: text({
    default: "stock.deliveries",
    placeholder: "NAME",
    description: "Topic of deliveries, compacted; old ones are deleted.",
  }),
  topicDeadletter: text({
    default: "stock.deadletter",
    placeholder: "NAME",
    description: "Topic of what could not be handled.",
  }),
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
      "Partitions of every topic but dead letters, made by topics create; not to be changed later.",
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
