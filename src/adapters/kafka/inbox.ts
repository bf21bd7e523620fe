import type { LogGapReason } from "../../ports/log_gap.ts";
import type { LeftOut } from "../../ports/event_log.ts";
import type { Topic } from "../../ports/topics.ts";
import { OutsideError } from "../../core/errors.ts";
import type { FetchedPartition } from "./fetch_request.ts";
import type { AnswerLease } from "./answer_buffers.ts";
import { BYTES_PER_PARTITION, type Fetcher, type FetchSource } from "./fetcher.ts";
import type { Bounds } from "./offsets.ts";
import { type BrokenBatch, checkBatches } from "./record_batch.ts";

/** Record batches that were fetched and checked. */
export interface FetchedBatch {
  readonly bytes: Uint8Array;
  /** The offset that was asked for; `bytes` may begin before it. */
  readonly fromOffset: number;
  readonly nextOffset: number;
  readonly endOffset: number;
  readonly leftOut: LeftOut;
  /** To be released when the bytes were worked on. */
  readonly lease?: AnswerLease;
}

/** A partition, as the product and as Kafka call it. */
export interface ReadPlace {
  readonly topic: Topic;
  /** The topic's name in Kafka. */
  readonly name: string;
  readonly partition: number;
  /** The group that reads; absent for a reading without one. */
  readonly group?: string;
}

/** Takes down what a reading passes over. */
export interface PassedOver {
  /** Records that are not there any more. */
  gap(place: ReadPlace, gap: { from: number; to: number; reason: LogGapReason; detail: string }): void;
  /** From which offset on records wait for the end of another client's transaction; undefined: from none. */
  standsAt(place: ReadPlace, offset: number | undefined): void;
  /** Resolves when what is there of the batch is in the dead letters; rejects when the log is closed. */
  unreadable(place: ReadPlace, batch: BrokenBatch & { readonly after: number }): Promise<void>;
}

export interface InboxOptions {
  readonly place: ReadPlace;
  /** The first offset wanted. */
  readonly from: number;
  /** Whether `from` is where the reading was left; else it is a beginning, and what is not there was not missed. */
  readonly resumed?: boolean;
  readonly fetcher: Fetcher;
  readonly passedOver: PassedOver;
  /** While this much waits, nothing more is fetched: one answer is handled while the next is under way; 256 KiB by default. */
  readonly limitBytes?: number;
}

/** A batch that cannot be read, or an end before what was read, may be a broker's or the network's passing trouble. */
const TRIES = 3;

/** What was fetched of one partition and waits to be handled. */
export class Inbox implements FetchSource {
  readonly topic: string;
  readonly partition: number;
  #place: ReadPlace;
  #fetcher: Fetcher;
  #passedOver: PassedOver;
  #batches: FetchedBatch[] = [];
  #bytes = 0;
  #next: number;
  readonly #limitBytes: number;
  /** Whether anything of the partition was had, now or before. */
  #began: boolean;
  /** "" where the broker is too old to say. */
  #topicId = "";
  #rewound = false;
  #tries = 0;
  /** How far to reach where a broken batch does not say how far it goes; grows until something can be read. */
  #step = 1;
  /** A broken batch is on its way to the dead letters. */
  #burying = false;
  #wake: (() => void) | undefined;

  constructor(options: InboxOptions) {
    this.#place = options.place;
    this.topic = options.place.name;
    this.partition = options.place.partition;
    this.#next = options.from;
    this.#limitBytes = options.limitBytes ?? BYTES_PER_PARTITION;
    this.#began = options.resumed ?? false;
    this.#passedOver = options.passedOver;
    this.#fetcher = options.fetcher;
    this.#fetcher.add(this);
  }

  /** The offset after everything that was taken or waits. */
  get nextOffset(): number {
    return this.#next;
  }

  /** Whether the partition was begun again, as another one than it was. */
  get rewound(): boolean {
    return this.#rewound;
  }

  /** Whether something can be taken now. */
  get backlog(): boolean {
    return this.#batches.length > 0;
  }

  /** The oldest batch that waits. */
  take(): FetchedBatch | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) return undefined;
    this.#bytes -= batch.bytes.length;
    this.#fetcher.wake();
    return batch;
  }

  /** Resolves when there may be something to take, or when {@link wake} is called. */
  async wait(): Promise<void> {
    if (this.#batches.length > 0) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  close(): void {
    this.#fetcher.remove(this);
    this.#passedOver.standsAt(this.#place, undefined);
    this.#batches = [];
    this.wake();
  }

  wanted(): number | undefined {
    return this.#bytes < this.#limitBytes && !this.#burying ? this.#next : undefined;
  }

  is(topicId: string): void {
    const before = this.#topicId;
    this.#topicId = topicId;
    if (before === "" || topicId === "" || before === topicId) return;
    this.#rewind(0, `the topic was deleted and made anew while it was read, at offset ${this.#next}`);
  }

  ends({ highWatermark, endOffset }: FetchedPartition): void {
    const stands = highWatermark > endOffset && this.#next >= endOffset;
    this.#passedOver.standsAt(this.#place, stands ? endOffset : undefined);
  }

  deliver(fetched: FetchedPartition, offset: number): void {
    // An answer of a broker that no longer leads may come after its successor's.
    if (offset !== this.#next) return;
    const { endOffset, aborted, lease } = fetched;
    const { bytes, nextOffset, leftOut, broken } = checkBatches(fetched.records, {
      from: offset,
      end: endOffset,
      aborted,
    });
    if (nextOffset !== undefined) {
      this.#tries = 0;
      this.#step = 1;
      lease?.hold();
      this.#push({ bytes, fromOffset: offset, nextOffset, endOffset, leftOut, ...(lease ? { lease } : {}) });
    } else if (broken !== undefined) this.#broken({ ...broken, bytes: broken.bytes.slice() }, endOffset);
  }

  outOfRange({ start, end }: Bounds): void {
    const from = this.#next;
    if (from < start) {
      // A reading may well begin before the first record.
      if (this.#began) {
        const detail = `offsets ${from} to ${start - 1} were deleted before they were read (retention)`;
        this.#passedOver.gap(this.#place, { from, to: start, reason: "deleted", detail });
      }
    } else if (from > end) {
      const detail =
        `offset ${from} is beyond the end, ${end}: the topic was made anew, or its end was cut off`;
      this.#tryAgain(detail);
      return this.#rewind(start, detail);
    } else return;
    this.#next = start;
    this.wake();
  }

  #rewind(start: number, detail: string): void {
    const from = this.#next;
    // Nothing was read of the old one: nothing was missed.
    if (this.#began) this.#passedOver.gap(this.#place, { from, to: start, reason: "rewound", detail });
    this.#rewound = true;
    this.#tries = 0;
    this.#next = start;
    this.wake();
  }

  #push(batch: FetchedBatch): void {
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    this.#next = batch.nextOffset;
    this.#began = true;
    this.wake();
  }

  /** Nothing can be read at the wanted offset: it is tried again, then passed over. */
  #broken(broken: BrokenBatch, endOffset: number): void {
    this.#tryAgain(`the record batch at offset ${broken.offset} cannot be read: ${broken.reason}`);
    const fromOffset = this.#next;
    const after = broken.after ?? Math.min(endOffset, broken.offset + this.#step);
    this.#step *= 2;
    this.#burying = true;
    void this.#passedOver.unreadable(this.#place, { ...broken, after }).then(() => {
      this.#burying = false;
      // The next unreadable offset of the same batch needs no further tries.
      if (broken.after !== undefined) this.#tries = 0;
      if (this.#next === fromOffset) {
        const leftOut = { control: 0, aborted: 0, unreadable: after - fromOffset };
        this.#push({ bytes: new Uint8Array(), fromOffset, nextOffset: after, endOffset, leftOut });
      }
      this.#fetcher.wake();
    }, () => {/* The log is closed. */});
  }

  /** Throws the first times: what is wrong may pass. */
  #tryAgain(reason: string): void {
    if (++this.#tries >= TRIES) return;
    throw new OutsideError("kafka_unreadable", reason, { retryable: true });
  }
}
