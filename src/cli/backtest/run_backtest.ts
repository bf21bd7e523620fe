import { setImmediate } from "node:timers/promises";
import type { BacktestRun } from "../../backtest/job.ts";
import { csvOf } from "../../backtest/report_csv.ts";
import { htmlOf } from "../../backtest/report_html.ts";
import type { BacktestReport } from "../../backtest/report.ts";
import { textOf } from "../../backtest/report_text.ts";
import { systemClock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { BacktestContext, REPORT_FORMATS } from "../commands/backtest.ts";
import { badSetting } from "../bad_setting.ts";
import { symbolsNamed } from "../open_source.ts";
import { loadEngine, loadListing } from "../wiring.ts";
import { askedJob } from "./ask.ts";
import { runRecorded } from "./run_recorded.ts";
import { WorkerRunner } from "./worker_runner.ts";

/**
 * Runs `tickbell backtest`.
 *
 * @returns the exit code.
 */
export async function runBacktest(
  { config, args, out, err, signal, terminal }: BacktestContext,
): Promise<number> {
  const files = [...config.source, ...args];
  const job = await askedJob({
    draft: { ...config, to: [] },
    ruleFile: config.rules,
    from: config.from,
    to: config.to,
    symbols: await symbolsNamed(config.symbols),
    sweep: config.sweep,
    recorded: files.length > 0,
    windowMs: config.windowMs,
    graceMs: config.graceMs,
    maxAheadMs: config.maxAheadMs,
    listing: await loadListing(config.symbolsFile),
    now: systemClock.now(),
  });
  const module = await loadEngine();
  if (files.length > 0) {
    const run = runRecorded(job, { path: files.join(","), module, clock: systemClock, signal });
    return await finish(await reportFrom(run, { signal, err, terminal }), { config, out });
  }
  await requirePrices(config);
  const runner = new WorkerRunner({ module, series: config, threads: navigator.hardwareConcurrency });
  const run = runner.run(job, signal);
  return await finish(await reportFrom(run, { signal, err, terminal }), { config, out });
}

/** A store is not made by looking for prices in it. */
async function requirePrices({ dataDir, influxUrl }: BacktestContext["config"]): Promise<void> {
  if (influxUrl !== undefined) return;
  const path = `${dataDir}/series.db`;
  if (await Deno.stat(path).then(() => true, () => false)) return;
  const reason = `has no stored prices (${path}): run where start runs, or give --source FILE`;
  throw badSetting("--data-dir", reason, dataDir);
}

/** Runs it to its end, saying how far it is where a person watches. */
async function reportFrom(
  run: BacktestRun,
  { signal, err, terminal }: { signal: AbortSignal; err: (line: string) => void; terminal: boolean },
): Promise<BacktestReport> {
  let shown: string | null = null;
  for (let step = await run.next();; step = await run.next()) {
    if (step.done) return step.value;
    signal.throwIfAborted();
    const { date, days, daysTotal, trades, fires } = step.value;
    if (terminal && date !== shown && date !== null) {
      err(`${date}: day ${days + 1} of ${daysTotal}, ${trades.toLocaleString("en")} trades, ${fires} fires`);
    }
    shown = date;
    await setImmediate();
  }
}

/**
 * Writes or prints the report.
 *
 * @returns the exit code.
 */
async function finish(
  report: BacktestReport,
  { config, out }: { config: BacktestContext["config"]; out: (line: string) => void },
): Promise<number> {
  const { format, out: path } = config;
  if (path === undefined) {
    out(textIn[format](report).trimEnd());
    return 0;
  }
  try {
    await Deno.writeTextFile(path, textIn[format](report));
  } catch (thrown) {
    const reason = `Cannot write ${path}: ${messageOf(thrown)}`;
    throw new OutsideError("report_unwritable", reason, { retryable: false, cause: thrown });
  }
  out(
    `${path}: ${report.rules.reduce((sum, { fires }) => sum + fires, 0)} fires on ${report.days.length} days`,
  );
  return 0;
}

const textIn: Readonly<Record<typeof REPORT_FORMATS[number], (report: BacktestReport) => string>> = {
  text: (report) => `${textOf(report).join("\n")}\n`,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  csv: csvOf,
  html: htmlOf,
};
