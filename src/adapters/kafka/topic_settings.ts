import { type Retention, type Topic, TOPIC_SPECS } from "../../ports/topics.ts";

/** How the product's topics are to be. */
export interface TopicPlan {
  /** Partitions of each topic that is spread by symbol. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** How long records are kept, ms; prices by their event time. */
  readonly retentionMs: Readonly<Record<Retention, number>>;
}

/** What a setting of a topic must be; topics are made with `value`. */
interface Wanted {
  readonly value: string;
  /**
   * What else will do. `is`: nothing else. `at least`: a larger number, or -1 for no limit. `one of`: these as well;
   * `set`: the same words in another order.
   */
  readonly or: "is" | "at least" | "set" | readonly string[];
}

const ANY_TIME = "9223372036854775807";
/** Tombstones and intents stay readable this long for whoever was away, in ms. */
const TOMBSTONE_MS = 7 * 24 * 3_600_000;
/** Of two writes of one version the first stands: nothing is compacted before that has been decided, in ms. */
const COMPACTION_LAG_MS = 60_000;
/** The brokers' default: a record of the largest kind (MAX_RECORD_BYTES) needs it. */
const MAX_MESSAGE_BYTES = 1_048_588;

/** The settings of a topic that we rely on. */
function wantedOf(topic: Topic, plan: TopicPlan): Readonly<Record<string, Wanted>> {
  const { compacted, retention } = TOPIC_SPECS[topic];
  const policy = !compacted ? "delete" : retention === undefined ? "compact" : "compact,delete";
  return {
    "cleanup.policy": { value: policy, or: "set" },
    // As its writer packed it; ours do not. Whatever brokers pack by is read.
    "compression.type": { value: "producer", or: ["uncompressed", "gzip", "snappy", "lz4", "zstd"] },
    "max.message.bytes": { value: String(MAX_MESSAGE_BYTES), or: "at least" },
    "min.insync.replicas": { value: String(plan.minInsyncReplicas), or: "is" },
    // A broker that was behind would cut off what was acknowledged.
    "unclean.leader.election.enable": { value: "false", or: "is" },
    // Retention goes by event time.
    "message.timestamp.type": { value: "CreateTime", or: "is" },
    // Brokers refuse records of the future by default; a feed's clock is not theirs to judge, nor how old a replay is.
    "message.timestamp.after.max.ms": { value: ANY_TIME, or: "is" },
    "message.timestamp.before.max.ms": { value: ANY_TIME, or: "is" },
    ...(retention === undefined ? {} : {
      "retention.ms": { value: String(plan.retentionMs[retention]), or: "is" as const },
      // A limit of bytes deletes sooner than retention.ms says.
      "retention.bytes": { value: "-1", or: "is" as const },
    }),
    ...(compacted
      ? {
        "delete.retention.ms": { value: String(TOMBSTONE_MS), or: "at least" as const },
        "min.compaction.lag.ms": { value: String(COMPACTION_LAG_MS), or: "at least" as const },
      }
      : {}),
  };
}

/** What a topic is made with, by the settings' names in Kafka. */
export function settingsFor(topic: Topic, plan: TopicPlan): Record<string, string> {
  return Object.fromEntries(Object.entries(wantedOf(topic, plan)).map(([name, { value }]) => [name, value]));
}

/**
 * Where a topic's settings are not what we rely on.
 *
 * @param found The topic's settings as the brokers give them; one that they do not know is passed over.
 */
export function settingDifferences(
  topic: Topic,
  plan: TopicPlan,
  found: ReadonlyMap<string, string>,
): readonly { readonly what: string; readonly wanted: string; readonly found: string }[] {
  return Object.entries(wantedOf(topic, plan)).flatMap(([what, wanted]) => {
    const is = found.get(what);
    return is === undefined || fits(wanted, is) ? [] : [{ what, wanted: described(wanted), found: is }];
  });
}

function fits({ value, or }: Wanted, found: string): boolean {
  if (value === found) return true;
  if (or === "is") return false;
  if (or === "set") return words(value) === words(found);
  if (or === "at least") return found === "-1" || Number(found) >= Number(value);
  return or.includes(found);
}

function described({ value, or }: Wanted): string {
  if (or === "at least") return `at least ${value}`;
  return typeof or === "string" ? value : [value, ...or].join(", ");
}

/** "delete,compact" and "compact,delete" say the same. */
function words(value: string): string {
  return value.split(",").map((word) => word.trim()).sort().join();
}
