import { backoffMs, type BackoffOptions, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { assert, messageOf, OutsideError } from "../../core/errors.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import type { SeriesBatch, SeriesStore } from "../../ports/series_store.ts";
import type { ConsumerMetrics } from "../../telemetry/consumer_metrics.ts";
import { logger } from "../../telemetry/log.ts";
import { letterOf, type Segment, type SeriesPoint } from "./series_segment.ts";

/** What a writer is made with. */
export interface SeriesWriterOptions {
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly metrics: ConsumerMetrics;
  readonly random: Random;
}

/** Whether a write is still wanted, and how to hear that this may have changed. */
export interface Wanted {
  isWanted(segments: readonly Segment[]): boolean;
  change(): Promise<void>;
  /** Called when {@link SeriesWriter.fault} has changed. */
  changed(): void;
}

/** Waits between tries of a write: up to 30 s. */
const RETRY: BackoffOptions = { baseMs: 200, capMs: 30_000, floorMs: 50 };

const KINDS = ["trade", "quote", "alert", "candle"] as const;

const log = logger("consumer");

/**
 * Brings segments into the store, and to the dead letters what cannot be read or is refused. While the store or the log
 * is away it tries again until that is done or nobody wants it any more.
 */
export class SeriesWriter {
  readonly #options: SeriesWriterOptions;
  readonly #wanted: Wanted;
  #fault: string | undefined;

  constructor(options: SeriesWriterOptions, wanted: Wanted) {
    this.#options = options;
    this.#wanted = wanted;
  }

  /** What is wrong with the store, or undefined. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Writes segments; false when nobody wants them any more, and they may be written or not. */
  async write(segments: readonly Segment[]): Promise<boolean> {
    const points = segments.flatMap((segment) => segment.points);
    if (points.length > 0 && !await this.#writePoints(segments, points)) return false;
    const rejected = segments.flatMap((segment) => segment.rejected);
    this.#options.metrics.passedOver.inc(segments.reduce((sum, segment) => sum + segment.passedOver, 0));
    if (!await this.#bury(segments, rejected.flatMap(({ letter }) => letter ?? []))) return false;
    for (const { record, code } of rejected) {
      this.#options.metrics.rejected.inc({ topic: record.topic, code });
    }
    return true;
  }

  async #writePoints(segments: readonly Segment[], points: readonly SeriesPoint[]): Promise<boolean> {
    const { metrics, series, clock } = this.#options;
    const { batch, records } = batchOf(points);
    const started = clock.monotonic();
    const answer = await this.#untilDone(segments, "series", () => series.write(batch));
    if (answer === undefined) return false;
    metrics.writeSeconds.observe((clock.monotonic() - started) / 1000);
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

  /** Writes dead letters; one that the log refuses for good (too large with its reason) is reported in our own log. */
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

  /** Tries an outside call until it succeeds; undefined when nobody wants it any more. */
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
      if (!this.#wanted.isWanted(segments)) return undefined;
    }
  }

  /** Waits out a backoff; a change that ends the need for it ends the wait. */
  async #restWhileWanted(segments: readonly Segment[], waitMs: number): Promise<void> {
    const nap = new AbortController();
    const slept = this.#options.clock.sleep(waitMs, nap.signal).then(() => true);
    this.#wanted.changed();
    while (this.#wanted.isWanted(segments)) {
      if (await Promise.race([slept, this.#wanted.change().then(() => false)])) return;
    }
    nap.abort();
    await slept;
  }
}

/** The batch of points, and by kind the record each came from. */
function batchOf(points: readonly SeriesPoint[]) {
  const records: Record<SeriesPoint["kind"], LogRecord[]> = { trade: [], quote: [], alert: [], candle: [] };
  for (const { kind, record } of points) records[kind].push(record);
  const batch: SeriesBatch = {
    trades: points.flatMap((point) => point.kind === "trade" ? [point.trade] : []),
    quotes: points.flatMap((point) => point.kind === "quote" ? [point.quote] : []),
    alerts: points.flatMap((point) => point.kind === "alert" ? [point.alert] : []),
    candles: points.flatMap((point) => point.kind === "candle" ? [point.candle] : []),
  };
  return { batch, records };
}
