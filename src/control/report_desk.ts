import type { CheckedDays } from "../books/checked_days.ts";
import { type DayReport, makeDayReport } from "../books/day_report/day_report.ts";
import { LogGapBook } from "../books/log_gap_book.ts";
import { seoulDay } from "../market/seoul_time.ts";
import type { Rule } from "../rules/rule.ts";
import type { ControlDeps } from "./deps.ts";
import type { FeedStore } from "./store/feed_store.ts";

/** Days that are kept once they are over, at most. */
const KEPT_DAYS = 10;
/** How long a report of a day that goes on is answered again, ms. */
const FRESH_MS = 30_000;

/** What the desk reads. */
export interface ReportSources {
  readonly deps: Pick<ControlDeps, "log" | "clock">;
  readonly checkedDays: CheckedDays;
  readonly feed: FeedStore;
  rules(): Iterable<Rule>;
}

/** Makes days' reports, one at a time, and keeps them for a while: each reads a day of the log. */
export class ReportDesk {
  readonly #sources: ReportSources;
  readonly #kept = new Map<number, { readonly report: DayReport; readonly until: number }>();
  readonly #making = new Map<number, Promise<DayReport>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(sources: ReportSources) {
    this.#sources = sources;
  }

  /**
   * The report of a day, see `seoulDay`.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  async of(day: number): Promise<DayReport> {
    const kept = this.#kept.get(day);
    if (kept !== undefined && this.#sources.deps.clock.monotonic() < kept.until) return kept.report;
    const making = this.#making.get(day) ?? this.#make(day);
    this.#making.set(day, making);
    return await making;
  }

  #make(day: number): Promise<DayReport> {
    const { deps: { log, clock }, checkedDays, feed, rules } = this.#sources;
    const made = this.#turn.then(async () => {
      const { all } = await LogGapBook.load({ log, clock, random: Math.random });
      const checked = (date: string) => checkedDays.of(date);
      return await makeDayReport({ log, clock, rules, checked, feed: feed.report, logGaps: all }, day);
    });
    this.#turn = made.catch(() => {});
    const kept = made.then((report) => {
      // What came to an end late in the day is written a while after it.
      const isOver = seoulDay(clock.now()) > day + 1;
      this.#kept.delete(day);
      this.#kept.set(day, { report, until: isOver ? Infinity : clock.monotonic() + FRESH_MS });
      if (this.#kept.size > KEPT_DAYS) this.#kept.delete(this.#kept.keys().next().value as number);
      return report;
    });
    return kept.finally(() => this.#making.delete(day));
  }
}
