import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { messageOf, OutsideError } from "../core/errors.ts";
import { retry } from "../core/retry.ts";
import { Signal } from "../core/signal.ts";
import type { EventLog, LogRecord, Position, RecordBatch, Topic } from "../ports/event_log.ts";

/** What is made of a topic's records: `decode` says what one means, `apply` takes that in. */
export interface ProjectionReader<T> {
  /**
   * What a record says; undefined where it is none of this reader's.
   *
   * @throws Anything at all for a record that cannot be read: it is counted, and passed over.
   */
  decode(record: LogRecord): T | undefined;
  /** Takes in what a record says. Must not throw. */
  apply(said: T, record: LogRecord): void;
}

/** A reader of any kind. */
// deno-lint-ignore no-explicit-any -- each reader gets back only what its own decode answered.
export type AnyReader = ProjectionReader<any>;

/** A record that a reader could not read. */
export interface UnreadableRecord extends Position {
  readonly key: string;
  readonly reason: string;
}

/** What a {@link Projection} is made with. */
export interface ProjectionOptions {
  readonly log: EventLog;
  readonly topic: Topic;
  readonly readers: readonly AnyReader[];
  /** The partition that has what is wanted, by what places it there; absent: all of them. */
  readonly placement?: string;
  /** The partition that is wanted, by its number. */
  readonly partition?: number;
  /** Reading begins so many records before the end, over all partitions; absent: at the first record there is. */
  readonly newest?: number;
}

/** What following a topic needs. */
export interface FollowOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const WAITS = { baseMs: 100, capMs: 5_000, floorMs: 50 };
/** How long a write of ours may take to come back, in ms, before it is taken that nothing is read any more. */
const READ_BACK_MS = 10_000;

/**
 * A topic, or one partition of it, read into memory and followed: what the log's records come to. A record that cannot be
 * read changes nothing, is counted, and stops nothing; a log that is away is waited for, and {@link Projection.failure}
 * says so meanwhile.
 *
 * @example
 * ```ts ignore
 * const names = new Map<string, string>();
 * const projection = new Projection({ log, topic: "control", readers: [{
 *   decode: ({ key, value }) => key.startsWith("name/") ? value && new TextDecoder().decode(value) : undefined,
 *   apply: (name, { key }) => names.set(key, name),
 * }] });
 * projection.follow({ clock, random, signal });
 * await projection.ready;
 * ```
 */
export class Projection {
  readonly #log: EventLog;
  readonly #options: ProjectionOptions;
  readonly #ready = Promise.withResolvers<void>();
  readonly #grown = new Signal();
  /** The offset after the last record applied, for each partition that is read. */
  readonly #applied = new Map<number, number>();
  #partitions: number[] | undefined;
  #count = 0;
  #unreadable = 0;
  #lastUnreadable: UnreadableRecord | undefined;
  #failure: string | undefined;
  #ended = false;

  constructor(options: ProjectionOptions) {
    this.#log = options.log;
    this.#options = options;
  }

  /** Resolves when everything that was there at the start has been applied. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** How many records could not be read. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** The last record that could not be read, and why. */
  get lastUnreadable(): UnreadableRecord | undefined {
    return this.#lastUnreadable;
  }

  /** How many partitions the topic has; 0 before that is known. */
  get partitions(): number {
    return this.#count;
  }

  /** The offset after the last record applied, by partition. */
  get positions(): readonly number[] {
    return Array.from({ length: this.#count }, (_, partition) => this.#applied.get(partition) ?? 0);
  }

  /**
   * Applies everything that is there now, once.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  async load(): Promise<void> {
    const partitions = await this.#begin();
    await Promise.all(partitions.map(async (partition) => {
      const { end } = await this.#log.bounds(this.#options.topic, partition);
      await this.#read(partition, { to: end });
      this.#reached(partition, end);
    }));
    this.#ready.resolve();
  }

  /** Applies everything that is there and what comes, until the signal is aborted. Never rejects. */
  async follow({ clock, random, signal }: FollowOptions): Promise<void> {
    const always = async <T>(task: () => Promise<T>) =>
      await retry(task, {
        clock,
        random,
        signal,
        waits: WAITS,
        again: () => true,
        failed: (thrown) => this.#failed(messageOf(thrown)),
      });
    await always(async () => {
      await this.load();
      this.#failure = undefined;
    });
    const partitions = signal.aborted ? [] : this.#partitions ?? [];
    await Promise.all(partitions.map((partition) => always(() => this.#read(partition, { signal }))));
    this.#ended = true;
    this.#grown.notify();
  }

  /**
   * Resolves when the record at a position has been applied.
   *
   * @throws {OutsideError} `not_read_back` after 10 s: nothing is read any more; `projection_ended` when following ended.
   */
  async until({ partition, offset }: Pick<Position, "partition" | "offset">, clock: Clock): Promise<void> {
    if (this.#has(partition, offset)) return;
    const patience = new AbortController();
    clock.sleep(READ_BACK_MS, patience.signal).then(() => patience.abort());
    try {
      while (!this.#has(partition, offset)) {
        if (this.#ended) throw away("projection_ended", `${this.#options.topic} is not followed any more`);
        if (patience.signal.aborted) throw this.#standsStill(partition, offset);
        await this.#grown.wait(patience.signal);
      }
    } finally {
      patience.abort();
    }
  }

  /** Which partitions are read, and from where; asked once. */
  async #begin(): Promise<readonly number[]> {
    const { topic, placement, partition: only, newest } = this.#options;
    if (this.#partitions !== undefined) return this.#partitions;
    const count = await this.#log.partitions(topic);
    const partitions = only !== undefined
      ? [only]
      : placement !== undefined
      ? [await this.#log.partitionOf(topic, placement)]
      : Array.from({ length: count }, (_, partition) => partition);
    const bounds = await Promise.all(partitions.map((partition) => this.#log.bounds(topic, partition)));
    const share = newest === undefined ? Infinity : Math.ceil(newest / partitions.length);
    bounds.forEach(({ start, end }, index) => {
      this.#applied.set(partitions[index]!, Math.max(start, end - share));
    });
    this.#count = count;
    return this.#partitions = partitions;
  }

  async #read(partition: number, given: { to?: number; signal?: AbortSignal }): Promise<void> {
    const from = this.#applied.get(partition)!;
    if (given.to !== undefined && from >= given.to) return;
    for await (const batch of this.#log.read({ topic: this.#options.topic, partition, from, ...given })) {
      this.#hand(batch);
      this.#failure = undefined;
    }
  }

  #hand({ partition, records, nextOffset }: RecordBatch): void {
    const done = this.#applied.get(partition)!;
    for (const record of records) {
      // A batch that failed half way is read again.
      if (record.offset < done) continue;
      for (const reader of this.#options.readers) this.#give(reader, record);
      this.#applied.set(partition, record.offset + 1);
    }
    this.#reached(partition, nextOffset);
  }

  #give(reader: AnyReader, record: LogRecord): void {
    let said: unknown;
    try {
      said = reader.decode(record);
    } catch (thrown) {
      const { topic, partition, offset, key } = record;
      this.#unreadable++;
      this.#lastUnreadable = { topic, partition, offset, key, reason: messageOf(thrown) };
      return;
    }
    if (said !== undefined) reader.apply(said, record);
  }

  #has(partition: number, offset: number): boolean {
    return this.#partitions !== undefined && (this.#applied.get(partition) ?? -1) > offset;
  }

  #reached(partition: number, next: number): void {
    this.#applied.set(partition, Math.max(next, this.#applied.get(partition) ?? 0));
    this.#grown.notify();
  }

  #standsStill(partition: number, offset: number): OutsideError {
    const at = this.#applied.get(partition) ?? 0;
    const detail = `stands at ${at} of partition ${partition}, ${offset} was written`;
    this.#failed(detail);
    return away("not_read_back", `the topic ${this.#options.topic} ${detail}`);
  }

  #failed(reason: string): void {
    this.#failure = `the topic ${this.#options.topic} is not read: ${reason}`;
  }
}

function away(code: string, message: string): OutsideError {
  return new OutsideError(code, message, { retryable: true });
}
