import type { LogGap } from "../../ports/log_gap.ts";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import type { RecordPack } from "../../core/record_pack.ts";
import {
  type Committed,
  type EventLog,
  type JoinOptions,
  logClosed,
  type LogHealth,
  type Membership,
  type NewRecord,
  type PartitionPlace,
  type Position,
  type RawBatch,
  type ReadOptions,
  type RecordBatch,
  type Topic,
} from "../../ports/event_log.ts";
import { refuseTooLarge } from "../../ports/record_size.ts";
import { TOPICS } from "../../ports/topics.ts";
import { AnswerBuffers } from "./answer_buffers.ts";
import { Fetcher } from "./fetcher.ts";
import type { Cluster, ClusterOptions } from "./internals.ts";
import { Link } from "./link.ts";
import { KafkaMember } from "./member.ts";
import { boundsOf, committedOffsets } from "./offsets.ts";
import { partitionTrouble } from "./partition_counts.ts";
import { PassedOverRecords } from "./passed_over.ts";
import { KafkaProducer } from "./producer.ts";
import { readPartition } from "./reading.ts";
import { type ToBatch, toRawBatch, toRecordBatch } from "./to_batch.ts";
import { Trouble } from "./trouble.ts";

export interface KafkaLogOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  /** The topics' names in Kafka. They must be there; `tickbell topics create` makes them. */
  readonly topics: Readonly<Record<Topic, string>>;
  /** Put before every group's name. "" by default. */
  readonly groupPrefix?: string;
  /** Given to the brokers, for their logs and quotas. "tickbell" by default. */
  readonly clientId?: string;
  /** TLS: true for the system's authorities, or Node's `tls.connect` options. */
  readonly tls?: ClusterOptions["ssl"];
  readonly sasl?: ClusterOptions["sasl"];
  /** Whether topics with other numbers of partitions than they must have will do: to read them, not to go on with them. */
  readonly anyPartitions?: boolean;
  /**
   * The topics that must have the same number of partitions, for who reads no others by symbol; by default all that are
   * spread by symbol.
   */
  readonly together?: readonly Topic[];
  readonly clock: Clock;
  /** For the waits between tries. */
  readonly random: Random;
  /** Connects otherwise than over sockets: a model of the brokers, in a simulation. */
  readonly cluster?: (options: ClusterOptions) => Cluster;
  /** Aborted when the process is to end: whoever still waits for the first connection hears `log_closed` then. */
  readonly stopping?: AbortSignal;
}

const FOLLOW_WAIT_MS = 100;
/** How often the brokers are asked for the topics and their partitions, ms. */
const REFRESH_MS = 5000;
/** The same, while the topics are not as they must be. */
const WAIT_MS = 500;
/** An append that waits longer than this is trouble, ms. */
const SLOW_APPEND_MS = 5000;
/** The subject of what is wrong with the topics. */
const TOPICS_SUBJECT = "topics";

/**
 * Opens the event log in Kafka. Returns at once; everything waits until the brokers can be reached, for as long as that
 * takes, and `health` says what is wrong meanwhile. An append that was begun is retried until the log is closed.
 *
 * What was acknowledged is on every in-sync replica (acks=all, idempotent).
 */
// deno-lint-ignore require-await -- opening never waits: an absent broker is reported by health().
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  return new KafkaLog(options);
}

class KafkaLog implements EventLog {
  #options: KafkaLogOptions;
  #closing = new AbortController();
  #trouble = new Trouble();
  /** Appends, offsets, commits that are asked for. */
  #link: Link;
  #producer: KafkaProducer;
  /** Readings that have an end are not to wait for those that follow. */
  #bounded: Reader;
  #following: Reader;
  #passedOver: PassedOverRecords;
  #members = new Set<Membership>();
  #counts: Map<Topic, number> | undefined;
  #opened: Promise<Map<Topic, number>>;
  #closed: Promise<void> | undefined;

  constructor(options: KafkaLogOptions) {
    this.#options = options;
    this.#link = this.#newLink("appends", Object.values(options.topics));
    this.#passedOver = new PassedOverRecords({
      clock: options.clock,
      append: (records) => this.append(records),
    });
    this.#producer = new KafkaProducer({ link: this.#link, names: options.topics, clock: options.clock });
    this.#bounded = this.#newReader("reads", 10);
    this.#following = this.#newReader("follows", FOLLOW_WAIT_MS);
    this.#opened = this.#open();
    // Whoever asks learns of it; a log that is closed before it was open is not an error.
    this.#opened.catch(() => {});
  }

  async partitions(topic: Topic): Promise<number> {
    return (this.#counts ?? await this.#opened).get(topic) as number;
  }

  async partitionOf(topic: Topic, placement: string): Promise<number> {
    return partitionOfKey(placement, await this.partitions(topic));
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw logClosed();
    if (records.length === 0) return [];
    for (const record of records) refuseTooLarge(record);
    // Every call waits the same number of turns, so calls keep their order.
    const counts = await this.#opened;
    return await this.#producer.append(records.map((record) => ({
      record,
      partition: this.#place(record, counts.get(record.topic) as number),
    })));
  }

  async appendPack(place: PartitionPlace, pack: RecordPack): Promise<Position> {
    if (this.#closed) throw logClosed();
    await this.#opened;
    return await this.#producer.appendPack(place, pack);
  }

  join(options: JoinOptions<RecordBatch>): Promise<Membership> {
    return this.#join(options, async (place, fetched, passedOver) => {
      const batch = await toRecordBatch(place, fetched, passedOver);
      return batch.records.length === 0 ? undefined : batch;
    });
  }

  joinRaw(options: JoinOptions<RawBatch>): Promise<Membership> {
    // Whoever has a raw batch is done with its bytes when it is handled: their memory is used again.
    return this.#join(options, toRawBatch, new AnswerBuffers());
  }

  async *read(options: ReadOptions): AsyncIterable<RecordBatch> {
    await this.#opened;
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.#closing.signal])
      : this.#closing.signal;
    const reader = options.to === undefined ? this.#following : this.#bounded;
    await reader.link.ready();
    const name = this.#options.topics[options.topic];
    yield* readPartition(options, { fetcher: reader.fetcher, name, passedOver: this.#passedOver, signal });
    if (this.#closing.signal.aborted && !options.signal?.aborted) throw logClosed();
  }

  bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }> {
    return boundsOf(this.#link, { topic: this.#options.topics[topic], partition });
  }

  async committed(group: string, topic: Topic, partition: number): Promise<Committed | null> {
    const place = { topic: this.#options.topics[topic], partition };
    const [found] = await committedOffsets(this.#link, this.#groupId(group), [place]);
    return found ?? null;
  }

  health(): LogHealth {
    if (this.#closed) return { ok: false, detail: "closed" };
    const { reason } = this.#trouble;
    const appendMs = this.#producer.waitedMs;
    if (appendMs > SLOW_APPEND_MS) {
      const why = reason === undefined ? "" : `: ${reason}`;
      const detail = `an append has not been acknowledged for ${Math.floor(appendMs / 1000)} s${why}`;
      return { ok: false, detail, appendMs };
    }
    if (reason !== undefined) return { ok: false, detail: reason, appendMs };
    const brokers = this.#options.brokers.join(", ");
    return this.#counts
      ? { ok: true, detail: `Kafka at ${brokers}`, appendMs, warning: this.#passedOver.standingReason }
      : { ok: false, detail: `connecting to Kafka at ${brokers}`, appendMs };
  }

  gaps(): readonly LogGap[] {
    return this.#passedOver.gaps;
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.leave()));
    if (this.#counts) await this.#producer.close();
    this.#closing.abort();
    for (const { fetcher } of [this.#bounded, this.#following]) fetcher.close();
    await Promise.all([this.#link, this.#bounded.link, this.#following.link].map((link) => link.close()));
  }

  async #open(): Promise<Map<Topic, number>> {
    const { topics, stopping } = this.#options;
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(logClosed());
    stopping?.addEventListener("abort", stop, { once: true });
    try {
      await Promise.race([this.#fitting(), stopped.promise]);
    } finally {
      stopping?.removeEventListener("abort", stop);
    }
    const counts = new Map(TOPICS.map((topic) => [topic, this.#countOf(topics[topic]) as number]));
    this.#counts = counts;
    void this.#watchTopics();
    return counts;
  }

  /** Resolves when all topics are there and fit; says meanwhile what is wrong with them. */
  async #fitting(): Promise<void> {
    const { clock } = this.#options;
    await this.#link.ready();
    while (!this.#topicsFit()) {
      await clock.sleep(WAIT_MS, this.#closing.signal);
      if (this.#closing.signal.aborted) throw logClosed();
      await this.#link.refresh();
    }
  }

  /** Checks again and again whether the topics still fit. Never rejects. */
  async #watchTopics(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await this.#options.clock.sleep(REFRESH_MS, signal);
      if (signal.aborted) return;
      await this.#link.refresh();
      this.#topicsFit();
    }
  }

  #topicsFit(): boolean {
    const { topics } = this.#options;
    const reason = partitionTrouble({
      now: new Map(TOPICS.map((topic) => [topic, this.#countOf(topics[topic])])),
      ...(this.#counts === undefined ? {} : { atStart: this.#counts }),
      names: topics,
      ...(this.#options.anyPartitions ? { any: true } : {}),
      ...(this.#options.together ? { together: this.#options.together } : {}),
    });
    if (reason === undefined) this.#trouble.over(TOPICS_SUBJECT);
    else this.#trouble.is(TOPICS_SUBJECT, reason);
    return reason === undefined;
  }

  /** Partitions of a topic of that name; undefined when it is not there. */
  #countOf(name: string): number | undefined {
    const found = this.#link.topic(name);
    return found === undefined || found.errorCode !== 0 ? undefined : found.leaders.size;
  }

  async #join<B>(
    options: JoinOptions<B>,
    toBatch: ToBatch<B>,
    buffers?: AnswerBuffers,
  ): Promise<Membership> {
    if (this.#closed) throw logClosed();
    const counts = this.#counts ?? await this.#opened;
    // Whoever joins reads back what it needs to go on: the connection is there by then. A closed log says so to the reader.
    this.#bounded.link.ready().catch(() => {});
    const names = options.topics.map((topic) => this.#options.topics[topic]);
    const member = new KafkaMember({
      join: options,
      groupId: this.#groupId(options.group),
      names: this.#options.topics,
      partitions: (topic) => counts.get(topic) as number,
      toBatch,
      passedOver: this.#passedOver,
      clock: this.#options.clock,
      groupLink: this.#newLink(`group ${options.group}`, names),
      dataLink: this.#newLink(`reads of ${options.group}`, names, buffers),
      ...(buffers ? { buffers } : {}),
    });
    this.#members.add(member);
    const forget = () => void this.#members.delete(member);
    member.done.then(forget, forget);
    return member;
  }

  #groupId(group: string): string {
    return `${this.#options.groupPrefix ?? ""}${group}`;
  }

  #place(record: NewRecord, count: number): number {
    return partitionOfKey(record.placement ?? record.key, count);
  }

  #newReader(purpose: string, maxWaitMs: number): Reader {
    const link = this.#newLink(purpose, Object.values(this.#options.topics));
    return { link, fetcher: new Fetcher({ link, maxWaitMs }) };
  }

  #newLink(purpose: string, topics: readonly string[], buffers?: AnswerBuffers): Link {
    const { brokers, clientId = "tickbell", tls, sasl, clock, random, cluster } = this.#options;
    return new Link({
      purpose,
      ...(cluster ? { cluster } : {}),
      connect: {
        brokers,
        clientId,
        ...(tls ? { ssl: tls } : {}),
        ...(sasl ? { sasl } : {}),
        ...(buffers ? { buffers } : {}),
      },
      topics,
      clock,
      random,
      trouble: this.#trouble,
      closing: this.#closing.signal,
    });
  }
}

interface Reader {
  readonly link: Link;
  readonly fetcher: Fetcher;
}
