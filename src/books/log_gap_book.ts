import { z } from "zod";
import { backoffMs, type Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type LogGap, missedOf } from "../ports/log_gap.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { logger } from "../telemetry/log.ts";
import { TOPICS } from "../ports/topics.ts";
import { Projection, type ProjectionReader } from "./projection.ts";
import { readJson } from "./read_json.ts";
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
const log = logger("log");

/** What a record says of a gap: it is known, or forgotten. */
interface GapNews {
  readonly id: string;
  readonly gap: StoredLogGap | null;
}

const offset = z.number().int();
const storedGap = z.object({
  v: z.literal(1),
  topic: z.enum(TOPICS),
  partition: offset,
  from: offset,
  to: offset,
  reason: z.enum(["deleted", "rewound", "unreadable"]),
  detail: z.string(),
  group: z.string().optional(),
  at: offset,
  acknowledgedAt: offset.optional(),
}).transform(({ v: _, ...gap }): Omit<StoredLogGap, "id"> => gap as Omit<StoredLogGap, "id">);

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
export class LogGapBook implements ProjectionReader<GapNews> {
  #options: LogGapBookOptions;
  #gaps = new Map<string, StoredLogGap>();
  #written = new Set<LogGap>();
  readonly #projection: Projection;

  constructor(options: LogGapBookOptions) {
    this.#options = options;
    this.#projection = new Projection({ log: options.log, topic: "status", readers: [this] });
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
    await book.#projection.load();
    return book;
  }

  /** Writes what the log comes upon, and follows the topic, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    await Promise.all([this.#write(signal), this.#projection.follow({ clock, random, signal })]);
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

  /** @throws {Error} for what is no gap: another version's, or somebody else's. */
  decode({ key, value }: LogRecord): GapNews | undefined {
    if (!key.startsWith(PREFIX)) return undefined;
    return { id: key, gap: value && { ...readJson(value, storedGap), id: key } };
  }

  apply({ id, gap }: GapNews): void {
    if (gap === null) this.#gaps.delete(id);
    else this.#gaps.set(id, gap);
  }
}

function idOf({ group, topic, partition, from }: LogGap): string {
  return `${PREFIX}${group ?? "reader"}/${topic}/${partition}/${from}`;
}

function recordOf({ id, ...gap }: StoredLogGap): NewRecord {
  const timestamp = gap.acknowledgedAt ?? gap.at;
  return { topic: "status", key: id, value: JSON.stringify({ v: 1, ...gap }), timestamp };
}
