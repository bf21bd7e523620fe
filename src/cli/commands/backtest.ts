import { setImmediate } from "node:timers/promises";
import type { BacktestRun } from "../../backtest/job.ts";
import { csvOf } from "../../backtest/report_csv.ts";
import { htmlOf } from "../../backtest/report_html.ts";
import type { BacktestReport } from "../../backtest/report.ts";
import { textOf } from "../../backtest/report_text.ts";
import { runStored } from "../../backtest/run_stored.ts";
import { commonSettings, streamSettings } from "../../config/common.ts";
import { seriesSettings } from "../../config/series.ts";
import { list, oneOf, optionalText, type Values } from "../../config/setting.ts";
import { systemClock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { askedJob } from "../backtest/ask.ts";
import { runRecorded } from "../backtest/run_recorded.ts";
import { command } from "../command.ts";
import { openSeries } from "../open_series.ts";
import { symbolsNamed } from "../open_source.ts";
import { loadEngine, loadListing } from "../wiring.ts";
import { draftSettings } from "./rule_draft.ts";
import { badSetting } from "../bad_setting.ts";

const { when, on, repeat, sessions, maxAlerts, market } = draftSettings;
const FORMATS = ["text", "json", "csv", "html"] as const;

const settings = {
  when,
  rules: optionalText({
    placeholder: "FILE",
    description: "Rules to try, all at once: a JSON array, one JSON object a line, or CSV; or a folder.",
  }),
  from: optionalText({
    placeholder: "DAY",
    description: "The first day, 2026-11-02; with files all by default.",
  }),
  to: optionalText({ placeholder: "DAY", description: "The last day; today by default." }),
  symbols: list({
    default: [],
    placeholder: "LIST",
    description: 'Symbols whose trades are read, and that --when is for; "@FILE": one a line.',
  }),
  source: list({
    default: [],
    placeholder: "FILE",
    description:
      "Recorded files or folders in place of the stored prices: KIS frames, trades as JSON lines, or of record.",
  }),
  sweep: optionalText({
    placeholder: "STEPS",
    description:
      "Thresholds to try in place of the rule's own: value=60000..80000/500; value2 is its second condition's.",
  }),
  format: oneOf(FORMATS, {
    default: "text",
    placeholder: "FORM",
    description:
      "The report's form: text, json, csv (the fires; of a sweep its steps) or html (one page with charts).",
  }),
  out: optionalText({
    placeholder: "FILE",
    description: "Where the report is written; by default it is printed.",
  }),
  on,
  repeat,
  sessions,
  maxAlerts,
  market,
  dataDir: commonSettings.dataDir,
  symbolsFile: commonSettings.symbolsFile,
  ...seriesSettings,
  windowMs: streamSettings.windowMs,
  graceMs: streamSettings.graceMs,
  maxAheadMs: streamSettings.maxAheadMs,
};

/** `tickbell backtest`: what rules would have done over stored prices or recorded files. */
export const backtestCommand = command({
  name: "backtest",
  summary: "What rules would have done on past days: when they fire, and what followed",
  args: ["[files...]"],
  settings,
  flagsOnly: ["when", "rules", "from", "to", "symbols", "source", "sweep", "format", "out"],
  examples: [
    'tickbell backtest --when "price >= 71950" --symbols 005930 --from 2026-11-02 --to 2026-11-27',
    "tickbell backtest --rules rules.json --source history --format html --out report.html",
    'tickbell backtest --when "from_open >= 3" --symbols 005930 --from 2026-11-02 --sweep value=1..8/0.5',
  ],
  async run({ config, args, out, err, signal, terminal }) {
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
    const series = openSeries(config, { clock: systemClock });
    try {
      const run = runStored(job, { series, module });
      return await finish(await reportFrom(run, { signal, err, terminal }), { config, out });
    } finally {
      await series.close();
    }
  },
});

/** A store is not made by looking for prices in it. */
async function requirePrices({ dataDir, influxUrl }: Values<typeof settings>): Promise<void> {
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
  { config, out }: { config: Values<typeof settings>; out: (line: string) => void },
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

const textIn: Readonly<Record<typeof FORMATS[number], (report: BacktestReport) => string>> = {
  text: (report) => `${textOf(report).join("\n")}\n`,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  csv: csvOf,
  html: htmlOf,
};
