import { type Topic, TOPIC_SPECS, TOPICS } from "../../ports/topics.ts";

/** What the brokers say of the topics' partitions. */
export interface PartitionCounts {
  /** Partitions of each topic; undefined for one that is not there. */
  readonly now: ReadonlyMap<Topic, number | undefined>;
  /** What this process works with since it was connected. */
  readonly atStart?: ReadonlyMap<Topic, number>;
  readonly names: Readonly<Record<Topic, string>>;
  /** Whether only a topic that is missing is trouble. */
  readonly any?: boolean;
  /** The topics on which a symbol must be on the same partition; by default all that are spread by symbol. */
  readonly together?: readonly Topic[];
}

const WAY_OUT =
  '"tickbell topics check" shows them, "tickbell topics grow" makes topics with more partitions';

/**
 * What is wrong with the topics' partitions, for people; undefined when all are there and fit: one symbol is on the same
 * partition of all topics that are spread by symbol, for as long as they live.
 */
export function partitionTrouble(counts: PartitionCounts): string | undefined {
  if (counts.any) return missing(counts);
  return missing(counts) ?? changed(counts) ?? different(counts) ?? several(counts);
}

function missing({ now, names }: PartitionCounts): string | undefined {
  const missing = TOPICS.filter((topic) => now.get(topic) === undefined).map((topic) => names[topic]);
  if (missing.length === 0) return undefined;
  const are = missing.length === 1 ? "topic is" : "topics are";
  return `the ${are} missing: ${missing.join(", ")}; "tickbell topics create" makes what is missing`;
}

function changed({ now, atStart, names }: PartitionCounts): string | undefined {
  for (const topic of TOPICS) {
    const before = atStart?.get(topic);
    const count = now.get(topic);
    if (before === undefined || before === count) continue;
    return `${
      names[topic]
    } has ${count} partitions now and had ${before} when this process started: nobody reads what ` +
      `is written to the added ones, and symbols are placed differently. ${WAY_OUT}`;
  }
  return undefined;
}

function different({ now, names, together }: PartitionCounts): string | undefined {
  const spread = together ?? TOPICS.filter((topic) => TOPIC_SPECS[topic].spread === "by symbol");
  const byCount = Map.groupBy(spread, (topic) => now.get(topic) as number);
  if (byCount.size < 2) return undefined;
  const said = [...byCount].map(([count, topics]) =>
    `${topics.map((topic) => names[topic]).join(", ")}: ${count}`
  );
  return `the numbers of partitions differ (${
    said.join("; ")
  }), and a symbol must be on the same partition of all. ` +
    WAY_OUT;
}

function several({ now, names }: PartitionCounts): string | undefined {
  const topic = TOPICS.find((topic) => TOPIC_SPECS[topic].spread === "one" && now.get(topic) !== 1);
  return topic && `${names[topic]} has ${now.get(topic)} partitions and must have one. ${WAY_OUT}`;
}
