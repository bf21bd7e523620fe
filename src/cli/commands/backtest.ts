import { commonSettings, streamSettings } from "../../config/common.ts";
import { seriesSettings } from "../../config/series.ts";
import { list, oneOf, optionalText } from "../../config/setting.ts";
import { command, type CommandContext } from "../command.ts";
import { draftSettings } from "./rule_draft.ts";

const { when, on, repeat, sessions, maxAlerts, market } = draftSettings;
/** The forms of its report. */
export const REPORT_FORMATS = ["text", "json", "csv", "html"] as const;

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
  format: oneOf(REPORT_FORMATS, {
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

/** What it is run with. */
export type BacktestContext = CommandContext<typeof settings>;

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
  // Loaded when it is run: the other commands are to begin at once.
  run: async (context) => await (await import("../backtest/run_backtest.ts")).runBacktest(context),
});
