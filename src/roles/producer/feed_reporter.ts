import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { StatusEvent } from "../../market/market_event.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { feedRecord, type FeedReport } from "../../books/feed_report.ts";
import type { TickSource } from "../../ports/tick_source.ts";
import { logger } from "../../telemetry/log.ts";
import type { ProducerStats } from "./stats.ts";

const logging = logger("producer");

/** How often the feed is examined, ms: a change is reported as soon. */
const LOOK_MS = 1_000;
/** A report is made this often though nothing has changed, ms: silence is how a dead producer is known. */
const AGAIN_MS = 60_000;
/** The newest gaps, events and refused symbols that a report has, at most. */
const REPORTED = 100;
/** Subscribed symbols that a report has, at most: a record has its limit. */
const REPORTED_SYMBOLS = 2_000;
/** How long the last report may take, ms: a role stops though the log is away. */
const LAST_MS = 1_000;

export interface FeedReporterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly source: Pick<TickSource, "name" | "status">;
  readonly stats: Pick<ProducerStats, "gaps" | "gapsBefore" | "statuses">;
  /** What the producer before this one reported last: its events are of the day as well. */
  readonly before?: FeedReport;
}

/**
 * Reports to the control role how the feed is, through the status topic: `feed/SOURCE`. Best effort: a report that cannot be
 * written is made again the next time, and nothing waits for it.
 */
export class FeedReporter {
  readonly #options: FeedReporterOptions;
  #reported = "";
  #reportedAt = -Infinity;

  constructor(options: FeedReporterOptions) {
    this.#options = options;
  }

  /** Reports until the signal is aborted, and once more then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#publish(this.#report());
      await clock.sleep(LOOK_MS, signal);
    }
    const { state, detail, ...rest } = this.#report();
    const last = state === "ended" ? detail : `the producer was stopped; before: ${detail}`;
    await Promise.race([this.#publish({ ...rest, state: "ended", detail: last }), clock.sleep(LAST_MS)]);
  }

  async #publish(report: FeedReport): Promise<void> {
    const { log, clock } = this.#options;
    const now = clock.now();
    // When a symbol was heard of last changes with every trade: that goes with the report that is due anyway.
    const text = JSON.stringify({
      ...report,
      symbols: report.symbols.map(({ lastAt: _, ...symbol }) => symbol),
    });
    if (text === this.#reported && clock.monotonic() - this.#reportedAt < AGAIN_MS) return;
    try {
      await log.append([feedRecord(report, now)]);
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      // The producer's own writes say that the log is away.
      if (thrown.retryable) return;
      logging.warn("The feed's state cannot be reported to the console: {error}", { error: thrown.message });
    }
    this.#reported = text;
    this.#reportedAt = clock.monotonic();
  }

  #report(): FeedReport {
    const { source, stats, before } = this.#options;
    const { state, detail, refused = [], subscribed = [] } = source.status();
    return {
      source: source.name,
      state,
      detail,
      refused: refused.slice(0, REPORTED),
      gaps: newest(stats.gapsBefore, stats.gaps).map(({ symbol = "*", reason, at }) => ({
        symbol,
        reason,
        at,
      })),
      events: newest(
        before?.events,
        stats.statuses.map((status) => ({
          symbol: status.symbol,
          what: whatOf(status),
          at: status.eventTime,
        })),
      ),
      symbols: subscribed.slice(0, REPORTED_SYMBOLS),
    };
  }
}

/** Of what was reported before and what came since, the newest. */
function newest<T>(before: readonly T[] = [], since: readonly T[]): readonly T[] {
  return [...before, ...since].slice(-REPORTED);
}

function whatOf({ halted, haltReason, vi }: StatusEvent): string {
  return halted === "Y" ? `halted ${haltReason ?? ""}`.trim() : `VI ${vi}`;
}
