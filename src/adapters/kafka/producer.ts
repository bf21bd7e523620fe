import { Buffer } from "node:buffer";
import type { Clock } from "../../core/clock.ts";
import type { RecordPack } from "../../core/record_pack.ts";
import {
  logClosed,
  type NewRecord,
  type PartitionPlace,
  type Position,
  RecordsRefusedError,
  type Topic,
} from "../../ports/event_log.ts";
import { encodedBound } from "./encode_batch.ts";
import { CODE, kafkaError } from "./errors.ts";
import { protocolError } from "./internals.ts";
import type { Link } from "./link.ts";
import { produceRequest } from "./produce_request.ts";
import { type Append, type ProducerIdentity, ProducerQueue, type Waiting } from "./producer_queue.ts";

/** Records wait in memory up to this many bytes; then appends wait for room, in their order. */
const WAITING_BYTES = 64 * 2 ** 20;
/** A request's memory is used again up to this size. */
const KEPT_BYTES = 4 * 2 ** 20;
const CLOSE_MS = 5000;
const APPENDING = "appending to Kafka";

/** Errors of a batch that may be the fault of one record in it: it is halved until that one is found. */
const TOO_LARGE: readonly number[] = [CODE.messageTooLarge, CODE.recordListTooLarge];
const REFUSED_SINGLY: readonly number[] = [...TOO_LARGE, CODE.invalidTimestamp, CODE.invalidRecord];

/** A record and where it goes. */
export interface PlacedRecord {
  readonly record: NewRecord;
  readonly partition: number;
}

/** Many records and where they go. */
interface PlacedPack {
  readonly place: PartitionPlace;
  readonly pack: RecordPack;
}

/** An append that waits for room. */
interface Intake {
  readonly content: readonly PlacedRecord[] | PlacedPack;
  readonly append: Append;
}

/**
 * Appends with acks=all, idempotently (KIP-98), in order: one batch of a partition is under way at a time, and one
 * request to a broker, with a batch of each partition that has one; what comes meanwhile makes the next batch. Every
 * partition of a request is searched for in the answer, and what is missing or refused for the moment is sent again, the
 * same bytes with the same number, so that a broker that has it already does not take it twice.
 */
export class KafkaProducer {
  #link: Link;
  #names: Readonly<Record<Topic, string>>;
  #queues = new Map<string, ProducerQueue>();
  /** Queues that have something to send. */
  #active = new Set<ProducerQueue>();
  #busy = new Set<string>();
  /** In which the next request to a broker is put together: an answered one's. */
  #memory = new Map<string, Buffer>();
  /** Appends that wait for room. */
  #intake: Intake[] = [];
  #bytes = 0;
  #identity: ProducerIdentity | undefined;
  #identifying: Promise<void> | undefined;
  #recovering = false;
  /** What is done in vain while nobody leads a partition, or its topic is missing. */
  readonly #leaderless = new Set<string>();
  #searching = false;
  #pumping = false;
  #closed = false;
  #stopped = false;
  #drained: (() => void) | undefined;
  #closeMs: number;
  #clock: Clock;
  /** Appends that wait or are under way, the oldest first, and since when, by the monotonic clock. */
  #open = new Map<Append, number>();

  /** @param options.closeMs How long closing waits for what was appended; 5 s by default. */
  constructor(
    options: { link: Link; names: Readonly<Record<Topic, string>>; clock: Clock; closeMs?: number },
  ) {
    this.#link = options.link;
    this.#clock = options.clock;
    this.#closeMs = options.closeMs ?? CLOSE_MS;
    this.#names = options.names;
  }

  /** How long the oldest append has waited to be acknowledged, ms; 0 when none waits. */
  get waitedMs(): number {
    const [since] = this.#open.values();
    return since === undefined ? 0 : this.#clock.monotonic() - since;
  }

  append(records: readonly PlacedRecord[]): Promise<readonly Position[]> {
    const bytes = records.reduce((sum, { record }) => sum + encodedBound(record), 0);
    return this.#begin(records, { count: records.length, left: records.length, bytes });
  }

  /**
   * Appends many records of one partition as one batch.
   *
   * @returns where the first is.
   */
  async appendPack(place: PartitionPlace, pack: RecordPack): Promise<Position> {
    const { count, bytes: { length } } = pack;
    const [first] = await this.#begin({ place, pack }, { count, left: 1, bytes: length });
    return first as Position;
  }

  #begin(
    content: Intake["content"],
    { count, left, bytes }: { count: number; left: number; bytes: number },
  ): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(logClosed());
      const positions = new Array(count).fill(undefined);
      const append: Append = { positions, refused: new Map(), left, bytes, resolve, reject };
      this.#open.set(append, this.#clock.monotonic());
      this.#intake.push({ content, append });
      this.#admit();
    });
  }

  /** Waits a while for what was appended, then refuses the rest. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#bytes > 0 || this.#intake.length > 0) {
      const drained = new AbortController();
      this.#drained = () => drained.abort();
      await this.#clock.sleep(this.#closeMs, drained.signal);
    }
    this.#stopped = true;
    const left = new Set(this.#intake.splice(0).map(({ append }) => append));
    for (const queue of this.#queues.values()) {
      for (const append of queue.close()) left.add(append);
    }
    for (const append of left) append.reject(logClosed());
  }

  #admit(): void {
    while (this.#intake.length > 0 && this.#bytes < WAITING_BYTES) {
      const { content, append } = this.#intake.shift() as Intake;
      this.#bytes += append.bytes;
      if ("pack" in content) this.#push(content.place, { pack: content.pack, append });
      else {
        content.forEach(({ record, partition }, index) =>
          this.#push({ topic: record.topic, partition }, { record, append, index })
        );
      }
    }
    this.#schedule();
  }

  #push({ topic, partition }: PartitionPlace, waiting: Waiting): void {
    const queue = this.#queue(topic, partition);
    queue.push(waiting);
    this.#active.add(queue);
  }

  #queue(topic: Topic, partition: number): ProducerQueue {
    const place = `${topic}/${partition}`;
    let queue = this.#queues.get(place);
    if (!queue) {
      queue = new ProducerQueue({ topic, name: this.#names[topic], partition });
      this.#queues.set(place, queue);
    }
    return queue;
  }

  /** Sends at the end of this turn, so that appends of one turn share a batch. */
  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#active.size === 0 || this.#recovering || this.#stopped) return;
    if (!this.#identity) {
      this.#identifying ??= this.#identify().finally(() => this.#identifying = undefined);
      return;
    }
    const byBroker = new Map<string, ProducerQueue[]>();
    for (const queue of this.#active) {
      const nodeId = this.#leader(queue);
      if (nodeId === undefined || this.#busy.has(nodeId)) continue;
      const queues = byBroker.get(nodeId);
      if (queues) queues.push(queue);
      else byBroker.set(nodeId, [queue]);
    }
    for (const [nodeId, queues] of byBroker) void this.#send(nodeId, queues, this.#identity);
  }

  /** The broker that leads a queue's partition; undefined while none does, or its topic is missing: the others go on. */
  #leader({ name, partition }: ProducerQueue): string | undefined {
    const doing = `appending to ${name}`;
    try {
      const nodeId = this.#link.leader(name, partition);
      if (nodeId === undefined) throw new Error(`${name}/${partition} has no leader just now`);
      if (this.#leaderless.delete(doing)) this.#link.works(doing);
      return nodeId;
    } catch (thrown) {
      this.#leaderless.add(doing);
      this.#search(thrown, doing);
      return undefined;
    }
  }

  /** Asks again after a while who leads what. */
  #search(thrown: unknown, doing: string): void {
    if (this.#searching) return;
    this.#searching = true;
    void this.#link.recover(thrown, doing).then(() => {
      this.#searching = false;
      this.#schedule();
    });
  }

  /** Sends one batch of each queue to the broker that leads them. Never rejects. */
  async #send(nodeId: string, queues: readonly ProducerQueue[], identity: ProducerIdentity): Promise<void> {
    this.#busy.add(nodeId);
    for (const queue of queues) this.#active.delete(queue);
    let failed: unknown;
    try {
      const batches = queues.map((queue) => ({
        topic: queue.name,
        partition: queue.partition,
        batch: queue.encoded(identity),
      }));
      const broker = await this.#link.cluster.findBroker({ nodeId });
      let memory = this.#memory.get(nodeId);
      this.#memory.delete(nodeId);
      const answer = await broker.connectionPool.send(produceRequest(batches, (bytes) => {
        if (memory === undefined || memory.length < bytes) memory = Buffer.allocUnsafe(bytes);
        return memory;
      }));
      // Of a request without an answer nobody knows whether it is still being sent.
      if (memory !== undefined && memory.length <= KEPT_BYTES) this.#memory.set(nodeId, memory);
      for (const queue of queues) {
        const own = answer.find(({ topic, partition }) =>
          topic === queue.name && partition === queue.partition
        );
        if (own === undefined) {
          failed = new Error(`the broker did not answer for ${queue.name}/${queue.partition}`);
        } else if (own.errorCode === 0) this.#done(queue, own.baseOffset);
        else failed = this.#refused(queue, own.errorCode) ?? failed;
      }
      if (failed === undefined) this.#link.works(APPENDING);
    } catch (thrown) {
      failed = thrown;
    }
    this.#busy.delete(nodeId);
    for (const queue of queues) {
      if (queue.active) this.#active.add(queue);
    }
    if (failed !== undefined) this.#recover(failed);
    else this.#pump();
  }

  #done(queue: ProducerQueue, baseOffset: number): void {
    const { topic, partition } = queue;
    const content = queue.taken(this.#identity);
    if ("pack" in content) {
      content.append.positions[0] = { topic, partition, offset: baseOffset };
      return this.#finished(content.append);
    }
    content.forEach(({ append, index }, at) => {
      append.positions[index] = { topic, partition, offset: baseOffset + at };
      this.#finished(append);
    });
  }

  /** One more record of the append is written, or refused for good. */
  #finished(append: Append): void {
    if (--append.left > 0) return;
    this.#release(append);
    const { positions, refused } = append;
    if (refused.size > 0) append.reject(new RecordsRefusedError(refused, positions));
    else append.resolve(positions as readonly Position[]);
  }

  /** @returns what is to be recovered from; undefined when the records are refused for good. */
  #refused(queue: ProducerQueue, code: number): unknown {
    const error = protocolError(code);
    const lost: readonly number[] = [
      CODE.outOfOrderSequence,
      CODE.duplicateSequence,
      CODE.invalidProducerEpoch,
      CODE.invalidProducerIdMapping,
      CODE.unknownProducerId,
    ];
    if (lost.includes(code)) {
      // The brokers no longer know where we were: begin again as a new producer.
      if (queue.identity === this.#identity) this.#identity = undefined;
      return error;
    }
    const refusal = kafkaError(error, `appending to ${queue.name}/${queue.partition}`);
    const single = REFUSED_SINGLY.includes(code);
    if (refusal.retryable && !single) return error;
    if (single) {
      const alone = queue.halve(TOO_LARGE.includes(code));
      if (alone === undefined) return undefined;
      alone.append.refused.set(alone.index, refusal.message);
      this.#finished(alone.append);
      return undefined;
    }
    for (const append of queue.giveUp()) {
      this.#release(append);
      append.reject(refusal);
    }
    return undefined;
  }

  #release(append: Append): void {
    if (!this.#open.delete(append)) return;
    this.#bytes -= append.bytes;
    this.#admit();
    if (this.#bytes <= 0 && this.#intake.length === 0) this.#drained?.();
  }

  async #identify(): Promise<void> {
    try {
      this.#identity = await this.#link.persist("asking for a producer id", async () => {
        await this.#link.ready();
        const [nodeId = ""] = this.#link.cluster.getNodeIds();
        const broker = await this.#link.cluster.findBroker({ nodeId });
        const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: 30_000 });
        return { producerId: BigInt(producerId), producerEpoch };
      });
      for (const queue of this.#queues.values()) queue.restart();
      this.#schedule();
    } catch {
      // Only when the log is closed, and then close() refuses what waits.
    }
  }

  #recover(thrown: unknown): void {
    if (this.#recovering) return;
    this.#recovering = true;
    void this.#link.recover(thrown, APPENDING).then(() => {
      this.#recovering = false;
      this.#schedule();
    });
  }
}
