import { Backtest, type BacktestOptions } from "./backtest.ts";
import { type Found, foundIn, type FoundPart } from "./found.ts";
import type { BacktestJob } from "./job.ts";
import { type BacktestReport, type ReportOf, reportOf } from "./report.ts";
import { type SweepStep, sweptRules } from "./sweep.ts";

/** Fires that are listed, at most, where a job does not say. */
const MOST_FIRES = 20_000;

/** The backtest of a job, with its sweep's rules, which are counted and not listed. */
export function backtestOf(
  job: BacktestJob,
  given: Pick<BacktestOptions, "module" | "partitions" | "firstDay" | "carriesDays">,
): Backtest {
  const swept = stepsOf(job).map(({ rule }) => rule);
  return new Backtest({
    ...given,
    rules: [...job.rules, ...swept],
    countedOnly: new Set(swept.map(({ id }) => id)),
    windowMs: job.windowMs,
    graceMs: job.graceMs,
    mostFires: job.mostFires ?? MOST_FIRES,
    ...(job.maxAheadMs === undefined ? {} : { maxAheadMs: job.maxAheadMs }),
  });
}

/** The report of what was found for a job. */
export function reportFor(
  job: BacktestJob,
  parts: readonly FoundPart[],
  given: Pick<ReportOf, "nameOf" | "symbols"> & { readonly notes: readonly string[] },
): BacktestReport {
  const found = foundIn(parts, job.mostFires ?? MOST_FIRES);
  const { sweep } = job;
  return reportOf(found, {
    ...given,
    rules: job.rules,
    ...(sweep === null ? {} : { sweep: { condition: sweep.condition, steps: stepsOf(job) } }),
    notes: [...given.notes, ...notesOfAny(found)],
  });
}

function stepsOf({ sweep, rules }: BacktestJob): readonly SweepStep[] {
  return sweep === null ? [] : sweptRules(rules[0]!, sweep);
}

/** What a report notes of any backtest: what did not fire, and what is not listed. */
function notesOfAny({ late, unlisted }: Found): string[] {
  return [
    ...(late > 0 ? [`${late} trades came too late to fire`] : []),
    ...(unlisted > 0 ? [`${unlisted} fires are counted and not listed`] : []),
  ];
}
