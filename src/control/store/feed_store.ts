import type { Clock } from "../../core/clock.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { FEED_SILENT_MS, type FeedReport, feedReportOf } from "../../books/feed_report.ts";
import type { RulesTopic, RulesTopicReader } from "./rules_topic.ts";

/** How the feed is, from what its producer reports on the rules topic. */
export class FeedStore implements RulesTopicReader {
  readonly #clock: Clock;
  #newest: { readonly report: FeedReport; readonly at: number } | undefined;

  constructor(topic: RulesTopic, clock: Clock) {
    this.#clock = clock;
    topic.follow(this);
  }

  /** The newest report; undefined when no producer has ever reported. */
  get report(): FeedReport | undefined {
    if (this.#newest === undefined) return undefined;
    const { report, at } = this.#newest;
    if (report.state === "ended" || this.#clock.now() - at < FEED_SILENT_MS) return report;
    const since = new Date(at).toISOString();
    return { ...report, state: "silent", detail: `the producer has not been heard of since ${since}` };
  }

  apply(record: LogRecord): void {
    const report = feedReportOf(record);
    if (report === undefined || record.timestamp < (this.#newest?.at ?? 0)) return;
    this.#newest = { report, at: record.timestamp };
  }
}
