import { OutsideError } from "../../core/errors.ts";
import { CODE } from "./errors.ts";
import { type FetchedPartition, fetchRequest } from "./fetch_request.ts";
import { protocolError } from "./internals.ts";
import type { Link } from "./link.ts";

/** A partition that is read. */
export interface FetchSource {
  /** The topic's name in Kafka. */
  readonly topic: string;
  readonly partition: number;
  /** The offset that is wanted next; undefined while nothing more is wanted. */
  wanted(): number | undefined;
  /** Takes what was fetched from `offset`. May throw a retryable error: it is asked for again, a little later. */
  deliver(fetched: FetchedPartition, offset: number): void;
  /** The wanted offset is not there; reading goes on from the partition's first. */
  restart(offset: number): void;
  /** What is fetched cannot be read, ever. */
  fail(error: OutsideError): void;
}

export interface FetcherOptions {
  readonly link: Link;
  /** How long a broker may hold back its answer while there is nothing new, in ms. */
  readonly maxWaitMs: number;
}

const MAX_BYTES = 16 * 2 ** 20;
const MAX_BYTES_PER_PARTITION = 2 ** 20;
/** The wait while some source is not asked for: it may want to be at any moment. */
const SHORT_WAIT_MS = 10;

/** Fetches record batches of many partitions, one request to each broker at a time. */
export class Fetcher {
  #link: Link;
  #maxWaitMs: number;
  #sources = new Set<FetchSource>();
  #busy = new Set<string>();
  #recovering = false;
  #waking = false;
  #closed = false;

  constructor(options: FetcherOptions) {
    this.#link = options.link;
    this.#maxWaitMs = options.maxWaitMs;
  }

  add(source: FetchSource): void {
    this.#sources.add(source);
    this.wake();
  }

  remove(source: FetchSource): void {
    this.#sources.delete(source);
  }

  /** A source wants more than it did. */
  wake(): void {
    if (this.#waking || this.#closed) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#start();
    });
  }

  close(): void {
    this.#closed = true;
    this.#sources.clear();
  }

  #start(): void {
    if (this.#closed || this.#recovering || this.#sources.size === 0) return;
    const byBroker = new Map<string, { wanted: Map<FetchSource, number>; waiting: boolean }>();
    for (const source of this.#sources) {
      let nodeId: string | undefined;
      try {
        nodeId = this.#link.leader(source.topic, source.partition);
      } catch (thrown) {
        return this.#recover(thrown);
      }
      if (nodeId === undefined) {
        return this.#recover(new Error(`${source.topic}/${source.partition} has no leader just now`));
      }
      if (this.#busy.has(nodeId)) continue;
      const asked = byBroker.get(nodeId) ?? { wanted: new Map(), waiting: false };
      byBroker.set(nodeId, asked);
      const offset = source.wanted();
      if (offset === undefined) asked.waiting = true;
      else asked.wanted.set(source, offset);
    }
    for (const [nodeId, { wanted, waiting }] of byBroker) {
      if (wanted.size > 0) void this.#fetch(nodeId, wanted, waiting ? SHORT_WAIT_MS : this.#maxWaitMs);
    }
  }

  /** Never rejects. */
  async #fetch(nodeId: string, wanted: ReadonlyMap<FetchSource, number>, maxWaitMs: number): Promise<void> {
    this.#busy.add(nodeId);
    let failed: unknown;
    try {
      const broker = await this.#link.cluster.findBroker({ nodeId });
      const answer = await broker.connectionPool.send(fetchRequest({
        partitions: [...wanted].map(([{ topic, partition }, offset]) => ({ topic, partition, offset })),
        maxWaitMs,
        maxBytes: MAX_BYTES,
        maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      }));
      for (const [source, offset] of wanted) {
        // What was taken away meanwhile is not handed over.
        if (!this.#sources.has(source)) continue;
        const own = answer.find(({ topic, partition }) =>
          topic === source.topic && partition === source.partition
        );
        failed = await this.#take(source, offset, own) ?? failed;
        // The first asked are served first when an answer is full: take turns.
        this.#sources.delete(source);
        this.#sources.add(source);
      }
      if (failed === undefined) this.#link.works();
    } catch (thrown) {
      failed = thrown;
    }
    this.#busy.delete(nodeId);
    if (failed !== undefined) this.#recover(failed);
    else this.#start();
  }

  /** Answers what went wrong, where trying again may help. */
  async #take(source: FetchSource, offset: number, fetched: FetchedPartition | undefined): Promise<unknown> {
    const place = `${source.topic}/${source.partition}`;
    if (fetched === undefined) return new Error(`the broker did not answer for ${place}`);
    if (fetched.errorCode === CODE.offsetOutOfRange) {
      source.restart(await this.#firstOffset(source));
      return undefined;
    }
    if (fetched.errorCode !== 0) return protocolError(fetched.errorCode);
    try {
      if (fetched.aborted) {
        throw new OutsideError(
          "kafka_transactions",
          `${place} holds aborted transactions: Tickbell's topics have none`,
          {
            retryable: false,
          },
        );
      }
      if (fetched.records.length > 0) source.deliver(fetched, offset);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof OutsideError) || thrown.retryable) return thrown;
      this.#sources.delete(source);
      source.fail(thrown);
      return undefined;
    }
  }

  #firstOffset(source: FetchSource): Promise<number> {
    return offsetAt(this.#link, source, "earliest");
  }

  #recover(thrown: unknown): void {
    if (this.#recovering) return;
    this.#recovering = true;
    void this.#link.recover(thrown, "reading from Kafka").then(() => {
      this.#recovering = false;
      this.#start();
    });
  }
}

const READ_COMMITTED = 1;
const TIMESTAMP = { earliest: -2, latest: -1 };

/** The first offset of a partition, or the one after its last record. Tried until it works or the log is closed. */
export async function offsetAt(
  link: Link,
  place: { topic: string; partition: number },
  at: "earliest" | "latest",
): Promise<number> {
  const { topic, partition } = place;
  const found = await link.persistWithLeader(
    place,
    `asking for the offsets of ${topic}`,
    (broker) =>
      broker.listOffsets({
        isolationLevel: READ_COMMITTED,
        topics: [{ topic, partitions: [{ partition, timestamp: TIMESTAMP[at] }] }],
      }),
  );
  return Number(found.responses[0]?.partitions[0]?.offset);
}
