import { backoffMs, type BackoffOptions, type Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { assert, messageOf, OutsideError } from "../core/errors.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import type { SeriesBatch, SeriesStore } from "../ports/series_store.ts";
import type { ConsumerMetrics } from "../telemetry/consumer_metrics.ts";
import { logger } from "../telemetry/log.ts";
import { type HeldPartition, letterOf, type Segment, type SeriesPoint, weightOf } from "./series_segment.ts";

/** What a batcher is made with. */
export interface SeriesBatcherOptions {
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly metrics: ConsumerMetrics;
  readonly random: Random;
  /** Points of one write, at most. */
  readonly batchPoints: number;
  /** How long a point waits for others, at most, in ms. */
  readonly batchMs: number;
}

/** Waits between tries of a write: up to 30 s. */
const RETRY: BackoffOptions = { baseMs: 200, capMs: 30_000, floorMs: 50 };

const KINDS = ["trade", "quote", "alert"] as const;

const log = logger("consumer");

/**
 * Gathers segments of all partitions into writes of a good size, one write at a time, and commits a partition's offset
 * only after the store has acknowledged everything before it. Holds at most two batches of points: one being written,
 * one being filled; more has to wait outside.
 */
export class SeriesBatcher {
  readonly #options: SeriesBatcherOptions;
  #segments: Segment[] = [];
  #writing: readonly Segment[] = [];
  #weight = 0;
  #wake = Promise.withResolvers<void>();
  #rest = new AbortController();
  #urgent = false;
  #stopping = false;
  #fault: string | undefined;

  constructor(options: SeriesBatcherOptions) {
    this.#options = options;
  }

  /** What is wrong with the store, or undefined. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Records that are read and not acknowledged. */
  get buffered(): number {
    return this.#weight + weigh(this.#writing);
  }

  /** Takes a segment, waiting for room; false when its partition was taken away meanwhile. */
  async add(segment: Segment): Promise<boolean> {
    const { signal } = segment.held.assignment;
    while (this.#weight >= this.#options.batchPoints && !signal.aborted && !segment.held.dropped) {
      await this.#change(signal);
    }
    if (signal.aborted || segment.held.dropped) return false;
    this.#segments.push(segment);
    this.#weight += weightOf(segment);
    this.#told();
    return true;
  }

  /**
   * Waits until everything of a partition is written and committed. With the store away its work is dropped: another
   * member does it.
   */
  async release(held: HeldPartition): Promise<void> {
    this.#urgent = true;
    this.#told();
    while (this.#holds(held) && this.#fault === undefined && !this.#stopping) await this.#change();
    held.dropped = true;
    this.#segments = this.#segments.filter((segment) => segment.held !== held);
    this.#weight = weigh(this.#segments);
    this.#urgent = false;
    this.#told();
  }

  /** Writes until {@link stop}; rejects only on a bug. */
  async run(): Promise<void> {
    try {
      while (!this.#stopping) await this.#writeNext();
    } finally {
      this.stop();
    }
  }

  /** Ends {@link run}; what is not written yet is left to the next member. */
  stop(): void {
    this.#stopping = true;
    this.#told();
  }

  async #writeNext(): Promise<void> {
    if (this.#segments.length === 0) return await this.#change();
    await this.#fill();
    this.#writing = this.#take();
    this.#told();
    await this.#finish(this.#writing);
    this.#writing = [];
    this.#told();
  }

  #holds(held: HeldPartition): boolean {
    return [...this.#segments, ...this.#writing].some((segment) => segment.held === held);
  }

  /** Wakes whoever waits for a change. */
  #told(): void {
    this.#options.metrics.buffered.set(this.buffered);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
    if (this.#weight >= this.#options.batchPoints || this.#urgent || this.#stopping) this.#rest.abort();
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
    const isWanted = () => this.#weight >= this.#options.batchPoints || this.#urgent || this.#stopping;
    if (isWanted()) return;
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

  async #finish(segments: readonly Segment[]): Promise<void> {
    const points = segments.flatMap((segment) => segment.points);
    const written = points.length === 0 || await this.#write(segments, points);
    if (!written) return;
    const letters = segments.flatMap((segment) => segment.rejected.flatMap(({ letter }) => letter ?? []));
    if (!await this.#bury(segments, letters)) return;
    for (const { record, code } of segments.flatMap((segment) => segment.rejected)) {
      this.#options.metrics.rejected.inc({ topic: record.topic, code });
    }
    await this.#commit(segments);
  }

  /** Writes points, and the refused ones to the dead letters; false when nobody wants them any more. */
  async #write(segments: readonly Segment[], points: readonly SeriesPoint[]): Promise<boolean> {
    const { metrics, series, clock } = this.#options;
    const { batch, records } = batchOf(points);
    const started = clock.now();
    const answer = await this.#untilDone(segments, "series", () => series.write(batch));
    if (answer === undefined) return false;
    metrics.writeSeconds.observe((clock.now() - started) / 1000);
    metrics.batchPoints.observe(points.length);
    const letters = answer.map(({ kind, index, reason }) => {
      const record = records[kind][index];
      assert(record !== undefined, `the store refused ${kind} ${index}, which was not in the batch`);
      return letterOf(record, "point_refused", reason, clock.now());
    });
    if (!await this.#bury(segments, letters)) return false;
    for (const { kind } of answer) metrics.refused.inc({ kind });
    for (const kind of KINDS) {
      const refused = answer.filter((point) => point.kind === kind).length;
      if (records[kind].length > 0) metrics.points.inc({ kind }, records[kind].length - refused);
    }
    const newest = points.reduce((latest, { record }) => Math.max(latest, record.timestamp), 0);
    metrics.newest.set(newest / 1000);
    return true;
  }

  /** Writes dead letters; one that the log refuses for good (too large with its reason) is told of in our own log. */
  async #bury(segments: readonly Segment[], letters: readonly NewRecord[]): Promise<boolean> {
    if (letters.length === 0) return true;
    const append = async (): Promise<true> => {
      await this.#options.log.append(letters).catch(async (thrown) => {
        if (!(thrown instanceof OutsideError) || thrown.retryable) throw thrown;
        if (letters.length > 1) {
          for (const letter of letters) await this.#bury(segments, [letter]);
        } else {
          const [letter] = letters;
          log.error("cannot keep a dead letter: {reason}", { reason: thrown.message, ...letter?.headers });
        }
      });
      return true;
    };
    return await this.#untilDone(segments, "deadletter", append) ?? false;
  }

  /** Tries an outside call until it succeeds; undefined when all its partitions are gone or the batcher stops. */
  async #untilDone<T>(
    segments: readonly Segment[],
    what: "series" | "deadletter",
    action: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let attempt = 0;; attempt++) {
      try {
        const result = await action();
        if (this.#fault !== undefined) log.info("the price series is written again");
        this.#fault = undefined;
        return result;
      } catch (thrown) {
        if (!(thrown instanceof OutsideError)) throw thrown;
        this.#options.metrics.failures.inc({ code: thrown.code });
        if (this.#fault === undefined) {
          log.warn("{what}: {reason}; trying again", { what, reason: messageOf(thrown) });
        }
        this.#fault = messageOf(thrown);
        const waitMs = Math.max(thrown.retryAfterMs ?? 0, backoffMs(attempt, RETRY, this.#options.random));
        await this.#restWhileWanted(segments, waitMs);
      }
      if (this.#stopping || segments.every(({ held }) => held.dropped)) return undefined;
    }
  }

  /** Waits out a backoff; a change that ends the need for it ends the wait. */
  async #restWhileWanted(segments: readonly Segment[], waitMs: number): Promise<void> {
    const nap = new AbortController();
    const slept = this.#options.clock.sleep(waitMs, nap.signal).then(() => true);
    this.#told();
    while (!this.#stopping && !segments.every(({ held }) => held.dropped)) {
      if (await Promise.race([slept, this.#change().then(() => false)])) return;
    }
    nap.abort();
    await slept;
  }

  async #commit(segments: readonly Segment[]): Promise<void> {
    const newest = new Map<HeldPartition, number>();
    for (const { held, nextOffset } of segments) newest.set(held, nextOffset);
    for (const [held, offset] of newest) {
      if (held.dropped) continue;
      const { topic, partition } = held.assignment;
      try {
        await held.assignment.commit({ offset, metadata: "" });
        held.committed = offset;
      } catch (thrown) {
        if (!(thrown instanceof OutsideError)) throw thrown;
        if (thrown.code === "not_assigned") held.dropped = true;
        // Otherwise the next commit covers it; writing again after a restart changes nothing.
        else {log.warn("{topic}/{partition}: cannot commit: {reason}", {
            topic,
            partition,
            reason: thrown.message,
          });}
      }
    }
  }
}

function weigh(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + weightOf(segment), 0);
}

/** The batch of points, and by kind the record each came from. */
function batchOf(points: readonly SeriesPoint[]) {
  const records: Record<SeriesPoint["kind"], LogRecord[]> = { trade: [], quote: [], alert: [] };
  for (const { kind, record } of points) records[kind].push(record);
  const batch: SeriesBatch = {
    trades: points.flatMap((point) => point.kind === "trade" ? [point.trade] : []),
    quotes: points.flatMap((point) => point.kind === "quote" ? [point.quote] : []),
    alerts: points.flatMap((point) => point.kind === "alert" ? [point.alert] : []),
  };
  return { batch, records };
}
