import type { Registry } from "prom-client";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { Assignment, EventLog, PartitionTask, RecordBatch } from "../../ports/event_log.ts";
import type { SeriesStore } from "../../ports/series_store.ts";
import { type ConsumerMetrics, consumerMetrics } from "../../telemetry/consumer_metrics.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { SeriesBatcher } from "./series_batcher.ts";
import { type OwnedPartition, segmentsOf } from "./series_segment.ts";

/** How often the lag is measured, in ms. */
const LAG_EVERY_MS = 5000;

/** How long what is read may take to be written when the role stops, in ms; then a write under way is left to itself. */
const STOP_MS = 4000;
const LEAVE_WRITE_MS = 1000;

const log = logger("consumer");

/** What a consumer is made with. */
export interface ConsumerOptions {
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly health: Health;
  readonly registry: Registry;
  /** The consumer group; "consumer" by default. */
  readonly group?: string;
  /** Points of one write, at most; 20,000 by default. */
  readonly batchPoints?: number;
  /** How long a point waits for others, at most, in ms; 250 by default. */
  readonly batchMs?: number;
  /** Writes under way at once, at most; 2 by default. */
  readonly writes?: number;
  /** For the jitter of retries; `Math.random` by default. */
  readonly random?: Random;
}

/**
 * The consumer role: trades, quotes, the stream's closed minutes and alerts (for the charts) from the log into the price
 * series.
 *
 * Delivery: at least once. An offset is committed after the store has acknowledged everything before it; the store keeps
 * one point for each symbol and event time, so what is written again after a crash changes nothing. A record that cannot
 * be read, and a point the store refuses, go to the dead letters and their batch goes on. While the store is away
 * writing is tried again for ever, with at most three batches in memory: nothing grows but the lag.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #metrics: ConsumerMetrics;
  readonly #batcher: SeriesBatcher;
  readonly #batchPoints: number;
  #owned = new Set<OwnedPartition>();
  #state: "starting" | "running" | "leaving" | "stopped" = "starting";

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#metrics = consumerMetrics(options.registry);
    this.#batchPoints = options.batchPoints ?? 20_000;
    this.#batcher = new SeriesBatcher({
      log: options.log,
      series: options.series,
      clock: options.clock,
      metrics: this.#metrics,
      random: options.random ?? Math.random,
      batchPoints: this.#batchPoints,
      batchMs: options.batchMs ?? 250,
      writes: options.writes ?? 2,
    });
    options.health.watch("consumer", () => this.#health());
  }

  /** Runs until the signal is aborted: finishes the batch, commits, leaves the group. Rejects when a task failed. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const membership = await this.#options.log.join({
      group: this.#options.group ?? "consumer",
      topics: ["trades", "quotes", "alerts", "candles"],
      assigned: (assignment) => Promise.resolve(this.#task(assignment)),
    });
    const writing = this.#batcher.run();
    const ended = new AbortController();
    const watching = this.#watchLag(ended.signal);
    this.#state = "running";
    const stopped = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#state = "leaving";
      stopped.resolve();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await Promise.race([stopped.promise, membership.done, writing]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      const late = this.#options.clock.sleep(STOP_MS, ended.signal).then(() => this.#batcher.stop());
      await membership.leave();
      ended.abort();
      await late;
      this.#state = "stopped";
      await Promise.all([this.#endOf(writing), watching]);
    }
    await membership.done;
  }

  /** Waits for the write under way, not for ever: a store that hangs must not keep the role from stopping. */
  async #endOf(writing: Promise<void>): Promise<void> {
    const ended = new AbortController();
    const waited = this.#options.clock.sleep(LEAVE_WRITE_MS, ended.signal).then(() => "waited" as const);
    if (await Promise.race([writing, waited]) === "waited") {
      writing.catch((thrown) =>
        log.error("a write that was left failed: {reason}", { reason: messageOf(thrown) })
      );
      log.warn("a write was left under way; it is not committed and will be written again");
    }
    ended.abort();
  }

  #task(assignment: Assignment): PartitionTask<RecordBatch> {
    const owned: OwnedPartition = { assignment, dropped: false, committed: assignment.committed?.offset };
    this.#owned.add(owned);
    return {
      handle: (batch) => this.#handle(owned, batch),
      revoke: async () => {
        await this.#batcher.release(owned);
        this.#owned.delete(owned);
        const { topic, partition } = assignment;
        this.#metrics.lag.remove({ topic, partition: String(partition) });
      },
    };
  }

  async #handle(owned: OwnedPartition, batch: RecordBatch): Promise<void> {
    // Not committed: the next member reads it again.
    if (this.#state === "leaving") return;
    const options = { limit: this.#batchPoints, now: this.#options.clock.now() };
    for (const segment of segmentsOf(owned, batch, options)) {
      if (!await this.#batcher.add(segment)) return;
    }
  }

  /** Keeps the lag's metric, also while the store is away and nothing is read. */
  async #watchLag(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const owned of this.#owned) await this.#measureLag(owned);
      await this.#options.clock.sleep(LAG_EVERY_MS, signal);
    }
  }

  async #measureLag(owned: OwnedPartition): Promise<void> {
    const { topic, partition } = owned.assignment;
    try {
      const { start, end } = await this.#options.log.bounds(topic, partition);
      if (!this.#owned.has(owned)) return;
      const lag = Math.max(0, end - Math.max(start, owned.committed ?? start));
      this.#metrics.lag.set({ topic, partition: String(partition) }, lag);
    } catch (thrown) {
      // The log is away: its own health says so, and the lag is not known.
      if (!(thrown instanceof OutsideError)) throw thrown;
    }
  }

  #health() {
    const store = this.#options.series.health();
    const fault = this.#batcher.fault ?? (store.ok ? undefined : store.detail);
    if (this.#state === "starting") return { state: "starting", detail: "joining the group" } as const;
    if (this.#state === "stopped") return { state: "down", detail: "stopped" } as const;
    if (fault !== undefined) {
      return { state: "degraded", detail: `${fault}; trying again, nothing is lost` } as const;
    }
    return { state: "ready", detail: `writing prices of ${this.#owned.size} partitions` } as const;
  }
}
