import { type RecordPack, unpack } from "../../core/record_pack.ts";
import type { NewRecord, Position, Topic } from "../../ports/event_log.ts";
import { encodeBatch, encodedBound, packHeader } from "./encode_batch.ts";

/** A batch stays under the brokers' default message.max.bytes of 1 MiB. */
const BATCH_BYTES = 1_000_000;

/** Records that a caller appended together. */
export interface Append {
  readonly positions: (Position | undefined)[];
  /** Why records of it are refused for good, by index. */
  readonly refused: Map<number, string>;
  left: number;
  readonly bytes: number;
  resolve(positions: readonly Position[]): void;
  reject(thrown: unknown): void;
}

/** A record that is to be sent. */
export interface WaitingRecord {
  readonly record: NewRecord;
  readonly append: Append;
  /** Index in the append. */
  readonly index: number;
}

/** Many records that are to be sent as one batch: all of an append. */
export interface WaitingPack {
  readonly pack: RecordPack;
  readonly append: Append;
}

/** What waits to be sent. */
export type Waiting = WaitingRecord | WaitingPack;

/** Who a batch is from, for the brokers to know it again. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

interface Batch {
  /** One pack, or records. */
  readonly content: WaitingPack | readonly WaitingRecord[];
  /** Who encoded `bytes`, and its first number. */
  identity?: ProducerIdentity;
  sequence: number;
  /** What is sent, in pieces. */
  pieces?: readonly Uint8Array[];
}

/**
 * What waits for one partition, and its batch under way. A batch is sent again as the same bytes with the same number,
 * until it was taken or refused for good.
 */
export class ProducerQueue {
  readonly topic: Topic;
  /** The topic's name in Kafka. */
  readonly name: string;
  readonly partition: number;
  #waiting: Waiting[] = [];
  #batch: Batch | undefined;
  /** The number of the next record, modulo 2^31. */
  #sequence = 0;
  /** The most bytes of a batch; less where the broker was found to take less. */
  #limit = BATCH_BYTES;

  constructor(place: { readonly topic: Topic; readonly name: string; readonly partition: number }) {
    this.topic = place.topic;
    this.name = place.name;
    this.partition = place.partition;
  }

  /** Whether there is something to send. */
  get active(): boolean {
    return this.#batch !== undefined || this.#waiting.length > 0;
  }

  /** Whose numbers the batch under way bears. */
  get identity(): ProducerIdentity | undefined {
    return this.#batch?.identity;
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** The batch under way, a new one when there is none. */
  encoded(identity: ProducerIdentity): readonly Uint8Array[] {
    const batch = this.#batch ??= { content: this.#take(), sequence: this.#sequence };
    if (batch.pieces === undefined || batch.identity !== identity) {
      batch.identity = identity;
      batch.sequence = this.#sequence;
      const numbered = { ...identity, baseSequence: batch.sequence };
      batch.pieces = "pack" in batch.content
        ? [packHeader(batch.content.pack, numbered), batch.content.pack.bytes]
        : [encodeBatch(batch.content.map(({ record }) => record), numbered)];
    }
    return batch.pieces;
  }

  /**
   * The batch was taken.
   *
   * @returns what was in it. `current` is who would send the next one.
   */
  taken(current: ProducerIdentity | undefined): WaitingPack | readonly WaitingRecord[] {
    const { content, identity, sequence } = this.#batch as Batch;
    this.#batch = undefined;
    const count = "pack" in content ? content.pack.count : content.length;
    if (identity === current) this.#sequence = (sequence + count) % 2 ** 31;
    return content;
  }

  /**
   * The batch is refused, perhaps for one record in it: its first half is to be sent alone.
   *
   * @param tooLarge The broker takes no batch of that size: no further ones are made.
   * @returns The record, when it was alone in its batch; the batch is over then.
   */
  halve(tooLarge: boolean): WaitingRecord | undefined {
    const { content, sequence, pieces = [] } = this.#batch as Batch;
    const records = "pack" in content ? unpacked(content, this.topic) : content;
    if (records.length === 1) {
      this.#batch = undefined;
      return records[0];
    }
    if (tooLarge) {
      this.#limit = Math.min(
        this.#limit,
        pieces.reduce((sum, { length }) => sum + length, 0) / 2,
      );
    }
    const half = records.length >> 1;
    this.#batch = { content: records.slice(0, half), sequence };
    this.#waiting = [...records.slice(half), ...this.#waiting];
    return undefined;
  }

  /**
   * The batch is given up.
   *
   * @returns whose records were in it.
   */
  giveUp(): ReadonlySet<Append> {
    const appends = new Set(appendsOf(this.#batch));
    this.#batch = undefined;
    return appends;
  }

  /**
   * Nothing more is sent.
   *
   * @returns whose records were left.
   */
  close(): readonly Append[] {
    const left = [...appendsOf(this.#batch), ...this.#waiting.map(({ append }) => append)];
    this.#waiting = [];
    return left;
  }

  /** A new producer counts from 0. */
  restart(): void {
    this.#sequence = 0;
  }

  #take(): WaitingPack | readonly WaitingRecord[] {
    const [first] = this.#waiting;
    if (first !== undefined && "pack" in first) {
      this.#waiting.shift();
      return first;
    }
    const records: WaitingRecord[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if ("pack" in waiting) break;
      bytes += encodedBound(waiting.record);
      if (records.length > 0 && bytes > this.#limit) break;
      records.push(waiting);
    }
    this.#waiting = records.length === this.#waiting.length ? [] : this.#waiting.slice(records.length);
    return records;
  }
}

function appendsOf(batch: Batch | undefined): readonly Append[] {
  if (batch === undefined) return [];
  const { content } = batch;
  return "pack" in content ? [content.append] : content.map(({ append }) => append);
}

/** The records of a pack, each by itself. */
function unpacked({ pack, append }: WaitingPack, topic: Topic): readonly WaitingRecord[] {
  append.left += pack.count - 1;
  return unpack(pack).map((record, index) => ({ record: { topic, ...record }, append, index }));
}
