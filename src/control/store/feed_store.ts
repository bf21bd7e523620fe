import type { Clock } from "../../core/clock.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { FEED_SILENT_MS, type FeedReport, feedReportOf } from "../../books/feed_report.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { Topics } from "./topics.ts";

/** Reports that come within so long are read back, ms: a producer makes them further apart. */
const ALONE_MS = 500;

/** How the feed is, from what its producer reports on the status topic. */
export class FeedStore implements ProjectionReader<FeedReport> {
  readonly #clock: Clock;
  /** The newest report, when it was made, epoch ms, and when it is silent if nothing comes, by the monotonic clock. */
  #newest: { readonly report: FeedReport; readonly at: number; readonly silentAt: number } | undefined;
  #readAt = -Infinity;

  constructor(topics: Topics, clock: Clock) {
    this.#clock = clock;
    topics.read("status", this);
  }

  /** The newest report; undefined when no producer has ever reported. */
  get report(): FeedReport | undefined {
    if (this.#newest === undefined) return undefined;
    const { report, at, silentAt } = this.#newest;
    if (report.state === "ended" || this.#clock.monotonic() < silentAt) return report;
    const since = new Date(at).toISOString();
    return { ...report, state: "silent", detail: `the producer has not been heard of since ${since}` };
  }

  /** @throws {Error} for what is no report. */
  decode(record: LogRecord): FeedReport | undefined {
    return feedReportOf(record);
  }

  apply(report: FeedReport, { timestamp: at }: LogRecord): void {
    const read = this.#clock.monotonic();
    // One after another came from the log's past; what comes alone was made now, whatever its machine's time says.
    const fresh = read - this.#readAt >= ALONE_MS && this.#newest !== undefined;
    const age = fresh ? 0 : Math.max(0, this.#clock.now() - at);
    this.#newest = { report, at, silentAt: read + FEED_SILENT_MS - age };
    this.#readAt = read;
  }
}
