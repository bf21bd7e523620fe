import type { AnswerBuffers } from "./answer_buffers.ts";
import { CODE } from "./errors.ts";
import { type FetchedPartition, type FetchPartition, fetchRequest } from "./fetch_request.ts";
import { protocolError } from "./internals.ts";
import type { Link } from "./link.ts";
import { type Bounds, boundsOf } from "./offsets.ts";

/** A partition that is read. */
export interface FetchSource {
  /** The topic's name in Kafka. */
  readonly topic: string;
  readonly partition: number;
  /** The offset that is wanted next; undefined while nothing more is wanted. */
  wanted(): number | undefined;
  /** Says which topic of that name it is now: another one when it was deleted and made anew. */
  is(topicId: string): void;
  /** Learns of the partition's ends at each answer, also of one without records. */
  ends(fetched: FetchedPartition): void;
  /** Takes what was fetched from `offset`. May throw: it is asked for again, a little later. */
  deliver(fetched: FetchedPartition, offset: number): void;
  /** The wanted offset is not there. May throw: it is tried again, a little later. */
  outOfRange(bounds: Bounds): void;
}

export interface FetcherOptions {
  readonly link: Link;
  /** How long a broker may keep back its answer while there is nothing new, in ms. */
  readonly maxWaitMs: number;
  /** The most that is asked for at once of each partition; 256 KiB by default. */
  readonly bytesPerPartition?: number;
  /** What answers are read to, where their memory is used again: then whoever takes records says when they are done. */
  readonly buffers?: AnswerBuffers;
}

const MAX_BYTES = 16 * 2 ** 20;
/** Small, so that of the partitions that are read to an end the first is done long before the last. */
export const BYTES_PER_PARTITION = 256 * 2 ** 10;
/** The wait while some source is not asked for: it may want to be at any moment. */
const SHORT_WAIT_MS = 10;

/** What one broker is asked for. */
interface Asked {
  /** Whoever is answered, by partition. */
  readonly wanted: Map<string, FetchPartition & { readonly sources: FetchSource[] }>;
  /** Whether a source of the broker wants nothing just now, or something that is not asked for now. */
  waiting: boolean;
}

/**
 * Fetches record batches of many partitions, one request to each broker at a time. A partition that fails is left out
 * for a while; the others go on. Of a partition that is read at several places, one place is asked for at a time: a broker
 * answers the last that a request names, and who asked for an earlier one would be handed records beyond it.
 */
export class Fetcher {
  #link: Link;
  #maxWaitMs: number;
  readonly #bytesPerPartition: number;
  readonly #buffers: AnswerBuffers | undefined;
  #sources = new Set<FetchSource>();
  /** Those that failed and wait until the brokers have been asked again who leads what. */
  #ailing = new Set<FetchSource>();
  #busy = new Set<string>();
  #recovering = false;
  #waking = false;
  #closed = false;

  constructor(options: FetcherOptions) {
    this.#link = options.link;
    this.#maxWaitMs = options.maxWaitMs;
    this.#bytesPerPartition = options.bytesPerPartition ?? BYTES_PER_PARTITION;
    this.#buffers = options.buffers;
  }

  add(source: FetchSource): void {
    this.#sources.add(source);
    this.wake();
  }

  remove(source: FetchSource): void {
    this.#sources.delete(source);
    this.#link.works(subjectOf(source));
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
    if (this.#closed) return;
    const byBroker = new Map<string, Asked>();
    for (const source of this.#sources) {
      if (this.#ailing.has(source)) continue;
      const nodeId = this.#leaderOf(source);
      if (nodeId === undefined || this.#busy.has(nodeId)) continue;
      const asked: Asked = byBroker.get(nodeId) ?? { wanted: new Map(), waiting: false };
      byBroker.set(nodeId, asked);
      const offset = source.wanted();
      const subject = subjectOf(source);
      const same = asked.wanted.get(subject);
      if (offset === undefined || (same !== undefined && same.offset !== offset)) asked.waiting = true;
      else if (same !== undefined) same.sources.push(source);
      else {
        const { topic, partition } = source;
        asked.wanted.set(subject, { topic, partition, offset, sources: [source] });
      }
    }
    for (const [nodeId, { wanted, waiting }] of byBroker) {
      if (wanted.size > 0) void this.#fetch(nodeId, wanted, waiting ? SHORT_WAIT_MS : this.#maxWaitMs);
    }
  }

  #leaderOf(source: FetchSource): string | undefined {
    try {
      const leader = this.#link.leader(source.topic, source.partition);
      source.is(this.#link.topic(source.topic)?.topicId ?? "");
      if (leader !== undefined) return leader;
      this.#fail(source, new Error(`${source.topic}/${source.partition} has no leader just now`));
    } catch (thrown) {
      this.#fail(source, thrown);
    }
    return undefined;
  }

  /** Never rejects. */
  async #fetch(nodeId: string, asked: Asked["wanted"], maxWaitMs: number): Promise<void> {
    this.#busy.add(nodeId);
    try {
      const broker = await this.#link.cluster.findBroker({ nodeId });
      const answer = await broker.connectionPool.send(fetchRequest({
        partitions: [...asked.values()],
        maxWaitMs,
        maxBytes: MAX_BYTES,
        maxBytesPerPartition: this.#bytesPerPartition,
      }));
      const first = answer.find(({ records }) => records.length > 0);
      const lease = first && this.#buffers?.leaseOf(first.records);
      const answers = new Map(
        answer.map((of) => [subjectOf(of), lease === undefined ? of : { ...of, lease }]),
      );
      for (const [subject, { offset, sources }] of asked) {
        for (const source of sources) {
          // What was taken away meanwhile is not handed over.
          if (!this.#sources.has(source)) continue;
          await this.#take(source, offset, answers.get(subject));
          // The first asked are served first when an answer is full: take turns.
          if (this.#sources.delete(source)) this.#sources.add(source);
        }
      }
      lease?.release();
    } catch (thrown) {
      for (const { sources } of asked.values()) for (const source of sources) this.#fail(source, thrown);
    }
    this.#busy.delete(nodeId);
    this.#start();
  }

  async #take(source: FetchSource, offset: number, fetched: FetchedPartition | undefined): Promise<void> {
    try {
      if (fetched === undefined) throw new Error(`the broker did not answer for ${subjectOf(source)}`);
      if (fetched.errorCode === CODE.offsetOutOfRange) source.outOfRange(await boundsOf(this.#link, source));
      else if (fetched.errorCode !== 0) throw protocolError(fetched.errorCode);
      else {
        source.ends(fetched);
        if (fetched.records.length > 0) source.deliver(fetched, offset);
      }
      this.#link.works(subjectOf(source));
    } catch (thrown) {
      this.#fail(source, thrown);
    }
  }

  /** The source is left out until the brokers have been asked again. */
  #fail(source: FetchSource, thrown: unknown): void {
    if (!this.#sources.has(source)) return;
    this.#ailing.add(source);
    const doing = `reading ${subjectOf(source)}`;
    const recovered = this.#link.recover(thrown, doing, subjectOf(source));
    if (this.#recovering) return;
    this.#recovering = true;
    void recovered.then(() => {
      this.#recovering = false;
      this.#ailing.clear();
      this.#start();
    });
  }
}

function subjectOf(source: { readonly topic: string; readonly partition: number }): string {
  return `${source.topic}/${source.partition}`;
}
