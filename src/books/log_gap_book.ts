import { backoffMs, type Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type LogGap, missedOf } from "../ports/log_gap.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { logger } from "../telemetry/log.ts";
import type { LogMetrics } from "../telemetry/log_metrics.ts";

/** A gap as it stands on the status topic. */
export interface StoredLogGap extends LogGap {
  /** The record's key, e.g. `log-gap/stream/trades/3/1200`: whose reading, of what, from which offset. */
  readonly id: string;
  /** When somebody said that it is known, epoch ms. */
  readonly acknowledgedAt?: number;
}

const PREFIX = "log-gap/";
const LOOK_MS = 500;
const WAITS = { baseMs: 200, capMs: 5_000 };
const decoder = new TextDecoder();
const log = logger("log");

export interface LogGapBookOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics?: LogMetrics;
}

/**
 * What readings of the log missed, over restarts and processes: each process writes what it came upon to the status topic
 * and follows the topic, until somebody acknowledges.
 */
export class LogGapBook {
  #options: LogGapBookOptions;
  #gaps = new Map<string, StoredLogGap>();
  #written = new Set<LogGap>();

  constructor(options: LogGapBookOptions) {
    this.#options = options;
  }

  /** All that are known, the oldest first. */
  get all(): readonly StoredLogGap[] {
    return [...this.#gaps.values()].sort((a, b) => a.at - b.at);
  }

  /** Those nobody has acknowledged, of one group, or of all. */
  open(group?: string): readonly StoredLogGap[] {
    return this.all.filter((gap) =>
      gap.acknowledgedAt === undefined && (group === undefined || gap.group === group)
    );
  }

  /** Reads what is there once, for a command. */
  static async load(options: LogGapBookOptions): Promise<LogGapBook> {
    const book = new LogGapBook(options);
    const { start, end } = await options.log.bounds("status", 0);
    for await (const batch of options.log.read({ topic: "status", partition: 0, from: start, to: end })) {
      for (const record of batch.records) book.#take(record);
    }
    return book;
  }

  /** Writes what the log comes upon, and follows the topic, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#write(signal), this.#follow(signal)]);
  }

  /** Says that gaps are known: whoever was degraded by them is well again. Resolves when that is written. */
  async acknowledge(gaps: readonly StoredLogGap[]): Promise<void> {
    const now = this.#options.clock.now();
    await this.#options.log.append(gaps.map((gap) => recordOf({ ...gap, acknowledgedAt: now })));
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { log: events, clock, metrics } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      const fresh = events.gaps().filter((gap) => !this.#written.has(gap));
      try {
        if (fresh.length > 0) await events.append(fresh.map((gap) => recordOf({ ...gap, id: idOf(gap) })));
        for (const gap of fresh) {
          this.#written.add(gap);
          const { topic, reason } = gap;
          metrics?.missed.inc({ topic, reason }, missedOf(gap));
          metrics?.gaps.inc({ topic, reason });
        }
        failures = 0;
        await clock.sleep(LOOK_MS, signal);
      } catch (thrown) {
        log.warn("what was missed cannot be written down, trying again: {error}", {
          error: messageOf(thrown),
        });
        await clock.sleep(backoffMs(failures++, WAITS, this.#options.random), signal);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { log: events, clock, random } = this.#options;
    let from = 0;
    for (let failures = 0; !signal.aborted;) {
      try {
        for await (const batch of events.read({ topic: "status", partition: 0, from, signal })) {
          for (const record of batch.records) this.#take(record);
          from = batch.nextOffset;
          failures = 0;
        }
      } catch (thrown) {
        if (signal.aborted) return;
        log.warn("the status topic cannot be read, trying again: {error}", { error: messageOf(thrown) });
        await clock.sleep(backoffMs(failures++, WAITS, random), signal);
      }
    }
  }

  #take(record: LogRecord): void {
    if (!record.key.startsWith(PREFIX)) return;
    const gap = record.value === null ? undefined : gapOf(record.key, record.value);
    if (gap === undefined) this.#gaps.delete(record.key);
    else this.#gaps.set(record.key, gap);
  }
}

function idOf({ group, topic, partition, from }: LogGap): string {
  return `${PREFIX}${group ?? "reader"}/${topic}/${partition}/${from}`;
}

function recordOf({ id, ...gap }: StoredLogGap): NewRecord {
  const timestamp = gap.acknowledgedAt ?? gap.at;
  return { topic: "status", key: id, value: JSON.stringify({ v: 1, ...gap }), timestamp };
}

/** Undefined for what is no gap: another version's, or somebody else's. */
function gapOf(id: string, value: Uint8Array): StoredLogGap | undefined {
  try {
    const read = JSON.parse(decoder.decode(value)) as StoredLogGap & { readonly v: number };
    const sound = read.v === 1 && typeof read.topic === "string" && Number.isSafeInteger(read.from) &&
      Number.isSafeInteger(read.to) && Number.isSafeInteger(read.at) && typeof read.detail === "string";
    return sound ? { ...read, id } : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
