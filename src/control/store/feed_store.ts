import type { Clock } from "../../core/clock.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { FEED_SILENT_MS, type FeedReport, feedReportOf } from "../../books/feed_report.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { Topics } from "./topics.ts";

/** How the feed is, from what its producer reports on the status topic. */
export class FeedStore implements ProjectionReader<FeedReport> {
  readonly #clock: Clock;
  #newest: { readonly report: FeedReport; readonly at: number } | undefined;

  constructor(topics: Topics, clock: Clock) {
    this.#clock = clock;
    topics.read("status", this);
  }

  /** The newest report; undefined when no producer has ever reported. */
  get report(): FeedReport | undefined {
    if (this.#newest === undefined) return undefined;
    const { report, at } = this.#newest;
    if (report.state === "ended" || this.#clock.now() - at < FEED_SILENT_MS) return report;
    const since = new Date(at).toISOString();
    return { ...report, state: "silent", detail: `the producer has not been heard of since ${since}` };
  }

  /** @throws {Error} for what is no report. */
  decode(record: LogRecord): FeedReport | undefined {
    return feedReportOf(record);
  }

  apply(report: FeedReport, { timestamp: at }: LogRecord): void {
    if (at >= (this.#newest?.at ?? 0)) this.#newest = { report, at };
  }
}
