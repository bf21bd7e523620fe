/**
 * The product's topics: the one table that settings, adapters, `topics create`, the chart and the docs are made from.
 *
 * @module
 */

/** How long a topic's records are of use; how many hours or days that is, is configuration. */
export type Retention = "prices" | "decisions" | "candles" | "audit";

/** What is said of a topic. */
export interface TopicSpec {
  /**
   * The number of its first partition among those of all topics, for good: part of the embedded log's file format. A topic
   * that is spread has 1,024 numbers; they go from -8,192 to 8,191.
   */
  readonly stream: number;
  /** Its name in the log where nothing else is configured. */
  readonly name: string;
  /** What is on it, as its setting says it. */
  readonly content: string;
  /** Whether it has as many partitions as there are for symbols (then a symbol is on the same one in all), or one. */
  readonly spread: "by symbol" | "one";
  /** Whether the newest record of each key is kept, older ones vanishing. */
  readonly compacted: boolean;
  /** Records older than this go, also of compacted topics; absent: they stay. */
  readonly retention?: Retention;
}

const SPECS = {
  trades: {
    stream: 0,
    name: "stock.conclusion.data",
    content: "trades and what else a symbol's feed says",
    spread: "by symbol",
    compacted: false,
    retention: "prices",
  },
  quotes: {
    stream: 1024,
    name: "stock.hoka.data",
    content: "quotes",
    spread: "by symbol",
    compacted: false,
    retention: "prices",
  },
  rules: { stream: 2048, name: "stock.rules", content: "rules", spread: "by symbol", compacted: true },
  alerts: {
    stream: 3072,
    name: "alert-topic",
    content: "alerts",
    spread: "by symbol",
    compacted: false,
    retention: "decisions",
  },
  deliveries: {
    stream: 4096,
    name: "stock.deliveries",
    content: "deliveries",
    spread: "by symbol",
    compacted: true,
    retention: "decisions",
  },
  deadletter: {
    stream: 5120,
    name: "stock.deadletter",
    content: "what could not be handled",
    spread: "one",
    compacted: false,
    retention: "decisions",
  },
  reference: {
    stream: 6144,
    name: "stock.reference",
    content: "what is known of each symbol on a day",
    spread: "by symbol",
    compacted: true,
  },
  candles: {
    stream: 7168,
    name: "stock.candles",
    content: "closed minute candles",
    spread: "by symbol",
    compacted: false,
    retention: "candles",
  },
  spent: {
    stream: -1024,
    name: "stock.spent",
    content: "which rules that fire once have fired",
    spread: "by symbol",
    compacted: true,
  },
  status: {
    stream: 5121,
    name: "stock.status",
    content: "what roles know of themselves",
    spread: "one",
    compacted: true,
  },
  control: {
    stream: 5122,
    name: "stock.control",
    content: "control's own records: keys, answers, silences, claims",
    spread: "one",
    compacted: true,
  },
  audit: {
    stream: 5123,
    name: "stock.audit",
    content: "who changed what",
    spread: "one",
    compacted: false,
    retention: "audit",
  },
} as const satisfies Readonly<Record<string, TopicSpec>>;

/** A topic, as the product calls it; its name in the log is configuration. */
export type Topic = keyof typeof SPECS;

/** All there is to say of each topic. */
export const TOPIC_SPECS: Readonly<Record<Topic, TopicSpec>> = SPECS;

/** The product's topics. */
export const TOPICS = Object.keys(SPECS) as readonly Topic[];

/** How many partitions a topic has where topics that are spread by symbol have `count`. */
export function partitionsOf(topic: Topic, count: number): number {
  return TOPIC_SPECS[topic].spread === "one" ? 1 : count;
}

/** Whether the newest record of each key is kept. */
export function isCompacted(topic: Topic): boolean {
  return TOPIC_SPECS[topic].compacted;
}
