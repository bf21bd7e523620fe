import { OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import { type OwnedPartition, type Segment, weightOf } from "./series_segment.ts";
import { SeriesWriter, type SeriesWriterOptions } from "./series_writer.ts";

/** What a batcher is made with. */
export interface SeriesBatcherOptions extends SeriesWriterOptions {
  /** Points of one write, at most. */
  readonly batchPoints: number;
  /** How long a point waits for others, at most, in ms. */
  readonly batchMs: number;
  /** Writes under way at once, at most: while the store works on one, the next is made ready. */
  readonly writes: number;
}

const log = logger("consumer");

/**
 * Gathers segments of all partitions into writes of a good size, and commits a partition's offset only after the store
 * has acknowledged everything before it, also where a later write ended first. Keeps as many batches of points as
 * there may be writes, and one that is being filled; more has to wait outside.
 */
export class SeriesBatcher {
  readonly #options: SeriesBatcherOptions;
  readonly #writer: SeriesWriter;
  readonly #writing = new Set<readonly Segment[]>();
  #segments: Segment[] = [];
  #weight = 0;
  #wake = Promise.withResolvers<void>();
  #rest = new AbortController();
  #urgent = false;
  #stopping = false;

  constructor(options: SeriesBatcherOptions) {
    this.#options = options;
    this.#writer = new SeriesWriter(options, {
      isWanted: (segments) => !this.#stopping && !segments.every(({ owned }) => owned.dropped),
      change: () => this.#change(),
      changed: () => this.#changed(),
    });
  }

  /** What is wrong with the store, or undefined. */
  get fault(): string | undefined {
    return this.#writer.fault;
  }

  /** Records that are read and not acknowledged. */
  get buffered(): number {
    return [...this.#writing].reduce((sum, segments) => sum + weigh(segments), this.#weight);
  }

  /** Takes a segment, waiting for room; false when its partition was taken away meanwhile. */
  async add(segment: Segment): Promise<boolean> {
    const { signal } = segment.owned.assignment;
    while (this.#weight >= this.#options.batchPoints && !signal.aborted && !segment.owned.dropped) {
      await this.#change(signal);
    }
    if (signal.aborted || segment.owned.dropped) return false;
    this.#segments.push(segment);
    this.#weight += weightOf(segment);
    this.#changed();
    return true;
  }

  /**
   * Waits until everything of a partition is written and committed. With the store away its work is dropped: another
   * member does it.
   */
  async release(owned: OwnedPartition): Promise<void> {
    this.#urgent = true;
    this.#changed();
    while (this.#hasOf(owned) && this.fault === undefined && !this.#stopping) await this.#change();
    owned.dropped = true;
    this.#segments = this.#segments.filter((segment) => segment.owned !== owned);
    this.#weight = weigh(this.#segments);
    this.#urgent = false;
    this.#changed();
  }

  /** Writes until {@link stop}; rejects only on a bug. */
  async run(): Promise<void> {
    let before = Promise.resolve();
    while (!this.#stopping) {
      if (this.#segments.length === 0 || this.#writing.size >= this.#options.writes) await this.#change();
      else {
        await this.#fill();
        before = this.#finish(this.#take(), before);
        // A bug: reported below, once the loop has ended.
        before.catch(() => this.stop());
      }
    }
    await before;
  }

  /** Ends {@link run}; what is not written yet is left to the next member. */
  stop(): void {
    this.#stopping = true;
    this.#changed();
  }

  #hasOf(owned: OwnedPartition): boolean {
    return [this.#segments, ...this.#writing].some((segments) =>
      segments.some((segment) => segment.owned === owned)
    );
  }

  /** Wakes whoever waits for a change. */
  #changed(): void {
    this.#options.metrics.buffered.set(this.buffered);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
    if (this.#isUrgent()) this.#rest.abort();
  }

  /** Whether what is there is to be written without waiting for more. */
  #isUrgent(): boolean {
    return this.#weight >= this.#options.batchPoints || this.#urgent || this.#stopping;
  }

  async #change(signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return await this.#wake.promise;
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([this.#wake.promise, aborted.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  /** Waits until the batch is full, old enough, or wanted now. */
  async #fill(): Promise<void> {
    if (this.#isUrgent()) return;
    this.#rest = new AbortController();
    await this.#options.clock.sleep(this.#options.batchMs, this.#rest.signal);
  }

  #take(): Segment[] {
    let weight = 0;
    let end = 0;
    for (const segment of this.#segments) {
      if (end > 0 && weight + weightOf(segment) > this.#options.batchPoints) break;
      weight += weightOf(segment);
      end++;
    }
    const taken = this.#segments.splice(0, end);
    this.#weight -= weight;
    return taken;
  }

  /** Writes segments, and commits them once everything before them has been. */
  async #finish(segments: readonly Segment[], before: Promise<void>): Promise<void> {
    this.#writing.add(segments);
    this.#changed();
    try {
      const written = await this.#writer.write(segments);
      await before;
      // Nor may what comes after it be committed.
      if (!written) segments.forEach(({ owned }) => owned.dropped = true);
      await this.#commit(segments);
    } finally {
      this.#writing.delete(segments);
      this.#changed();
    }
  }

  async #commit(segments: readonly Segment[]): Promise<void> {
    const newest = new Map<OwnedPartition, number>();
    for (const { owned, nextOffset } of segments) newest.set(owned, nextOffset);
    for (const [owned, offset] of newest) {
      if (owned.dropped) continue;
      const { topic, partition } = owned.assignment;
      try {
        await owned.assignment.commit({ offset, metadata: "" });
        owned.committed = offset;
      } catch (thrown) {
        if (!(thrown instanceof OutsideError)) throw thrown;
        if (thrown.code === "not_assigned") owned.dropped = true;
        else {
          // The next commit covers it; writing again after a restart changes nothing.
          const { message: reason } = thrown;
          log.warn("{topic}/{partition}: cannot commit: {reason}", { topic, partition, reason });
        }
      }
    }
  }
}

function weigh(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + weightOf(segment), 0);
}
