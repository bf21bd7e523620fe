import { Buffer } from "node:buffer";
import { CODE } from "../../src/adapters/kafka/errors.ts";
import { decodeRecords } from "../../src/adapters/kafka/decode_records.ts";
import { WireReader, WireWriter } from "../../src/adapters/kafka/wire.ts";
import type { LogRecord, Topic } from "../../src/ports/event_log.ts";
import { partitionsOf, TOPICS } from "../../src/ports/topics.ts";
import type { Host } from "./host.ts";
import { KafkaGroup, type TakenCommit } from "./kafka_group.ts";
import { KafkaPartition } from "./kafka_partition.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

/** A fetch that waits for the first record. */
interface WaitingFetch {
  readonly wanted: readonly FetchedPlace[];
  readonly answer: () => void;
  readonly timeout: Planned;
}

interface FetchedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export const NODE_ID = 1;

/** An empty answer may come later than it was asked for; so less happens while nothing does. */
const IDLE_FACTOR = 5;
const SHORT_WAIT_MS = 50;

function slowed(waitMs: number): number {
  return waitMs < SHORT_WAIT_MS ? waitMs : waitMs * IDLE_FACTOR;
}

/**
 * A model of a Kafka cluster: one broker that answers Produce, Fetch, Metadata and ListOffsets, and coordinates groups. It
 * speaks the wire format of our requests, as far as Apache Kafka 3 documents it. Not modelled: replicas and their loss,
 * compaction, transactions, quotas, authorization.
 */
export class KafkaModel {
  readonly #scheduler: Scheduler;
  readonly #partitions = new Map<string, KafkaPartition[]>();
  readonly #groups = new Map<string, KafkaGroup>();
  #waiting: WaitingFetch[] = [];
  #producers = 0;
  /** The broker's disk takes nothing. */
  full = false;
  /** When a record was refused last because the disk is full. */
  noRoomAt = -Infinity;
  /** Called with each commit that a group takes. */
  onCommit: (group: string, commit: TakenCommit) => void = () => {};
  /** Called with the records of a request when they are written, and who sent it. */
  onWritten: (records: readonly LogRecord[], by: Host) => void = () => {};

  /** @param partitions of each topic that is spread by symbol. */
  constructor(scheduler: Scheduler, partitions: number) {
    this.#scheduler = scheduler;
    for (const topic of TOPICS) {
      const count = partitionsOf(topic, partitions);
      this.#partitions.set(topic, Array.from({ length: count }, () => new KafkaPartition()));
    }
  }

  partition(topic: string, partition: number): KafkaPartition {
    const found = this.#partitions.get(topic)?.[partition];
    if (found === undefined) throw new Error(`the model has no ${topic}/${partition}`);
    return found;
  }

  group(name: string): KafkaGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      this.#groups.set(name, group = new KafkaGroup(this.#scheduler, name));
      group.onCommit = (commit) => this.onCommit(name, commit);
    }
    return group;
  }

  get groups(): Iterable<KafkaGroup> {
    return this.#groups.values();
  }

  initProducerId(): { producerId: string; producerEpoch: number } {
    return { producerId: String(++this.#producers), producerEpoch: 0 };
  }

  /** All records of a partition from an offset on. */
  records(topic: Topic, partition: number, from = 0): LogRecord[] {
    const place = this.partition(topic, partition);
    const begin = Math.max(from, place.start);
    const bytes = place.fetch(begin, Infinity) ?? Buffer.alloc(0);
    return decodeRecords({ topic, partition, from: begin }, new Uint8Array(bytes)).records as LogRecord[];
  }

  /** All records of a topic, partition by partition. */
  all(topic: Topic): LogRecord[] {
    const partitions = this.#partitions.get(topic) as KafkaPartition[];
    return partitions.flatMap((_, partition) => this.records(topic, partition));
  }

  /** Answers one of our requests. */
  answer(apiName: string, body: Buffer, by: Host): Buffer | Promise<Buffer> {
    const reader = new WireReader(body);
    switch (apiName) {
      case "Metadata":
        return this.#metadata(reader);
      case "Produce":
        return this.#produce(reader, by);
      case "Fetch":
        return this.#fetch(reader);
      default:
        throw new Error(`the model does not know the request ${apiName}`);
    }
  }

  #metadata(reader: WireReader): Buffer {
    const names = reader.array(() => reader.string());
    const writer = new WireWriter(256).int32(0);
    writer.int32(1).int32(NODE_ID).string("model").int32(9092).string(null);
    writer.string("model").int32(NODE_ID).int32(names.length);
    for (const name of names) {
      const partitions = this.#partitions.get(name);
      writer.int16(partitions === undefined ? CODE.unknownTopicOrPartition : 0).string(name).int8(0);
      writer.int32(partitions?.length ?? 0);
      for (const index of (partitions ?? []).keys()) {
        writer.int16(0).int32(index).int32(NODE_ID).int32(0).int32(0).int32(0).int32(0);
      }
    }
    return writer.done().buffer;
  }

  /** A disk that is full: Kafka's KAFKA_STORAGE_ERROR. */
  static readonly STORAGE_ERROR = 56;

  #produce(reader: WireReader, by: Host): Buffer {
    reader.string();
    reader.int16();
    reader.int32();
    const written: LogRecord[] = [];
    const topics = reader.array(() => {
      const topic = reader.string();
      const partitions = reader.array(() => {
        const partition = reader.int32();
        const batch = reader.bytes();
        if (this.full) {
          this.noRoomAt = this.#scheduler.now;
          return { partition, errorCode: KafkaModel.STORAGE_ERROR, baseOffset: -1 };
        }
        const { errorCode, baseOffset, isNew } = this.partition(topic, partition).produce(batch);
        if (isNew) written.push(...this.records(topic as Topic, partition, baseOffset));
        return { partition, errorCode, baseOffset };
      });
      return { topic, partitions };
    });
    const writer = new WireWriter(256).int32(topics.length);
    for (const { topic, partitions } of topics) {
      writer.string(topic).int32(partitions.length);
      for (const { partition, errorCode, baseOffset } of partitions) {
        writer.int32(partition).int16(errorCode).int64(baseOffset).int64(-1).int64(0);
      }
    }
    if (written.length > 0) {
      this.#wake();
      this.onWritten(written, by);
    }
    return writer.int32(0).done().buffer;
  }

  #fetch(reader: WireReader): Buffer | Promise<Buffer> {
    reader.int32();
    const maxWaitMs = reader.int32();
    reader.int32();
    reader.int32();
    reader.int8();
    reader.int32();
    reader.int32();
    const wanted = reader.array(() => {
      const topic = reader.string();
      return reader.array(() => {
        const partition = reader.int32();
        reader.int32();
        const offset = reader.int64();
        reader.int64();
        return { topic, partition, offset, maxBytes: reader.int32() };
      });
    }).flat();
    if (this.#hasSomething(wanted)) return this.#fetched(wanted);
    return new Promise((resolve) => {
      const answer = () => {
        waiting.timeout.cancel();
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve(this.#fetched(wanted));
      };
      const timeout = this.#scheduler.after(slowed(maxWaitMs), "a fetch has waited", answer);
      const waiting: WaitingFetch = { wanted, answer, timeout };
      this.#waiting.push(waiting);
    });
  }

  #hasSomething(wanted: readonly FetchedPlace[]): boolean {
    return wanted.some(({ topic, partition, offset }) => {
      const { start, end } = this.partition(topic, partition);
      return offset !== end || offset < start;
    });
  }

  #wake(): void {
    for (const waiting of [...this.#waiting]) if (this.#hasSomething(waiting.wanted)) waiting.answer();
  }

  #fetched(wanted: readonly FetchedPlace[]): Buffer {
    const writer = new WireWriter(1_024).int32(0).int16(0).int32(0);
    const topics = Map.groupBy(wanted, ({ topic }) => topic);
    writer.int32(topics.size);
    for (const [topic, asked] of topics) {
      // A broker keeps one offset for each partition, the last that a request names (FetchRequest.fetchData of Kafka).
      const partitions = new Map(asked.map((place) => [place.partition, place]));
      writer.string(topic).int32(partitions.size);
      for (const { partition, offset, maxBytes } of partitions.values()) {
        const place = this.partition(topic, partition);
        const bytes = place.fetch(offset, maxBytes);
        writer.int32(partition).int16(bytes === undefined ? CODE.offsetOutOfRange : 0);
        writer.int64(place.end).int64(place.end).int64(place.start).int32(0).int32(-1);
        writer.int32(bytes?.length ?? 0).raw(bytes ?? new Uint8Array());
      }
    }
    return writer.done().buffer;
  }
}
