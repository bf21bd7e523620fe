import { Backtest } from "./backtest.ts";
import type { BacktestJob } from "./job.ts";
import type { ReportOf } from "./report.ts";
import { sweptRules } from "./sweep.ts";

/** The backtest of a job, and its sweep, whose rules are counted and not listed. */
export function backtestOf(
  job: BacktestJob,
  given: { readonly module: WebAssembly.Module; readonly partitions?: number },
): { readonly backtest: Backtest; readonly sweep: Pick<ReportOf, "sweep"> } {
  const steps = job.sweep === null ? [] : sweptRules(job.rules[0]!, job.sweep);
  const swept = steps.map(({ rule }) => rule);
  const backtest = new Backtest({
    ...given,
    rules: [...job.rules, ...swept],
    countedOnly: new Set(swept.map(({ id }) => id)),
    windowMs: job.windowMs,
    graceMs: job.graceMs,
    ...(job.maxAheadMs === undefined ? {} : { maxAheadMs: job.maxAheadMs }),
    ...(job.mostFires === undefined ? {} : { mostFires: job.mostFires }),
  });
  return { backtest, sweep: job.sweep === null ? {} : { sweep: { condition: job.sweep.condition, steps } } };
}

/** What a report notes of any backtest: what did not fire, and what is not listed. */
export function notesOfAny({ late, unlisted }: Backtest): string[] {
  return [
    ...(late > 0 ? [`${late} trades came too late to fire`] : []),
    ...(unlisted > 0 ? [`${unlisted} fires are counted and not listed`] : []),
  ];
}
