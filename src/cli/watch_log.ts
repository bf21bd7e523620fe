import type { Registry } from "prom-client";
import { LogGapBook } from "../books/log_gap_book.ts";
import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { ComponentHealth, Health } from "../telemetry/health.ts";
import { logMetrics } from "../telemetry/log_metrics.ts";

export interface WatchLogOptions {
  readonly log: EventLog;
  readonly health: Health;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  /** Whose gaps make this process degraded; without it, all of them. */
  readonly group?: string;
}

/**
 * What a process says of the event log: whether it can be reached and takes what is appended (health `log`), and what was
 * missed in reading it and nobody has acknowledged (health `records`). Resolves when the signal is aborted.
 */
export async function watchLog(options: WatchLogOptions, signal: AbortSignal): Promise<void> {
  const { log, health, registry, clock, random, group } = options;
  health.watch("log", () => {
    const { ok, detail, warning } = log.health();
    if (!ok) return { state: "down", detail };
    return warning === undefined ? { state: "ready", detail } : { state: "degraded", detail: warning };
  });
  const metrics = logMetrics(registry, () => ({
    open: book.open(group).length,
    appendMs: log.health().appendMs ?? 0,
  }));
  const book: LogGapBook = new LogGapBook({ log, clock, random, metrics });
  health.watch("records", () => recordsHealth(book, group));
  await book.run(signal);
}

function recordsHealth(book: LogGapBook, group: string | undefined): ComponentHealth {
  const open = book.open(group);
  const newest = open.at(-1);
  if (newest === undefined) return { state: "ready", detail: "nothing was missed" };
  const { topic, partition, detail } = newest;
  const more = open.length === 1 ? "" : ` (and ${open.length - 1} more)`;
  const then = 'see and acknowledge it with "tickbell gaps"';
  return {
    state: "degraded",
    detail: `records of ${topic}/${partition} were missed: ${detail}${more}; ${then}`,
  };
}
