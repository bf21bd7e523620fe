import { MINUTE_MS } from "../market/minute_sum.ts";
import { startOfSeoulDay } from "../market/seoul_time.ts";
import { windowOf } from "../rules/repeat.ts";
import type { Rule } from "../rules/rule.ts";
import type { BacktestJob } from "./job.ts";

/** Fewer days are not worth a thread. */
const LEAST_DAYS = 2;

/**
 * A job as parts of some days each, which can be run at once. One that cannot be split (a rule that fires once needs to
 * know whether it has; one whose windows go on over midnight and that has a limit a day) stays whole.
 *
 * @param most how many parts at most.
 */
export function splitJob(job: BacktestJob, most: number): readonly BacktestJob[] {
  const days = job.to - job.from + 1;
  const count = Math.max(1, Math.min(most, Math.floor(days / LEAST_DAYS)));
  const parts: BacktestJob[] = [];
  for (let part = 0; part < count; part++) {
    const from = job.from + Math.floor(days * part / count);
    const to = job.from + Math.floor(days * (part + 1) / count) - 1;
    const begins = startOfSeoulDay(from);
    const starts = (rule: Rule) => windowOf(rule, begins, job.windowMs).start;
    const windows = job.rules.map(starts);
    // Of one with a limit a day, the days before would have to be counted as well.
    if (part > 0 && job.rules.some((rule) => rule.maxAlertsPerDay !== null && starts(rule) < begins)) {
      return [job];
    }
    const warmFrom = Math.floor(Math.min(begins, ...windows) / MINUTE_MS) * MINUTE_MS;
    if (part > 0 && warmFrom < startOfSeoulDay(from - 1)) return [job];
    parts.push({ ...job, from, to, ...(part > 0 && warmFrom < begins ? { warmFrom } : {}) });
  }
  return parts;
}
