import { mastersIn } from "../../adapters/kis/rest/master_site.ts";
import { ReferenceBook } from "../../books/reference_book.ts";
import { commonSettings } from "../../config/common.ts";
import { referenceSettings, restSettings } from "../../config/feed.ts";
import { logSettings } from "../../config/log.ts";
import type { Values } from "../../config/setting.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import type { MasterFile } from "../../market/kis/master_file.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { EventLog } from "../../ports/event_log.ts";
import type { Quotations } from "../../ports/quotations.ts";
import { writeDetails, writeMasters } from "../../roles/producer/reference_update.ts";
import { symbolsOfRules } from "../../roles/producer/rule_symbols.ts";
import { configureLogs, endLogs } from "../../telemetry/logs.ts";
import { command } from "../command.ts";
import { masterSite, openRest } from "../kis_account.ts";
import { openLog } from "../open_log.ts";
import { ProgressBar } from "../progress_bar.ts";

const { logLevel, logFormat } = telemetrySettings;
const settings = {
  ...logSettings,
  dataDir: commonSettings.dataDir,
  ...restSettings,
  ...referenceSettings,
  logLevel,
  logFormat,
};
type Config = Values<typeof settings>;

/** `tickbell reference update`: what is known of every symbol, from KIS's master files and its REST. */
export const referenceUpdateCommand = command({
  name: "reference update",
  summary: "Names, markets and states of all symbols; of those that rules name also limits, NXT and candles",
  settings,
  examples: [
    "tickbell reference update --brokers kafka:9092",
    "tickbell reference update --from kospi_code.mst.zip,kosdaq_code.mst.zip",
  ],
  async run({ config, signal, out }) {
    await configureLogs({ level: config.logLevel, format: config.logFormat });
    const log = await openOwnLog(config);
    try {
      return await update(config, { log, signal, out });
    } finally {
      await log.close();
      await endLogs();
    }
  },
});

/** `tickbell start` has the embedded log to itself, and brings the references up to date each morning. */
async function openOwnLog(config: Config): Promise<EventLog> {
  try {
    return await openLog(config, { clock: systemClock, random: Math.random });
  } catch (error) {
    if (!(error instanceof OutsideError) || error.code !== "database_in_use") throw error;
    const message =
      `${error.message}. With --source kis it updates references itself; otherwise stop it first`;
    throw new OutsideError(error.code, message, { retryable: false, cause: error });
  }
}

interface Work {
  readonly log: EventLog;
  readonly signal: AbortSignal;
  readonly out: (line: string) => void;
}

async function update(config: Config, { log, signal, out }: Work): Promise<number> {
  const quotations = config.kisAppKeys.length === 0
    ? undefined
    : await openRest(config, { clock: systemClock, random: Math.random });
  const files = config.from.length > 0
    ? await readFiles(config.from)
    : await masterSite(config).download(signal);
  const book = new ReferenceBook(log);
  await book.load();
  const now = systemClock.now();
  const date = dateOf(now);
  for (const { market, entries, passedOver } of files) {
    out(`${market}: ${entries.length} symbols; ${passedOver} securities whose code no rule can name`);
  }
  const { written, forgotten } = await writeMasters({ log, book }, files, { date, now });
  out(`written: ${written} symbols of ${date}; ${forgotten} are listed no more`);
  if (quotations === undefined) {
    out("without KIS's keys limits, NXT, 52 weeks and candles are not asked for");
    return 0;
  }
  const symbols = await symbolsOfRules(log, systemClock, signal);
  return await details(symbols, { log, book, quotations, date, signal, out });
}

async function details(
  symbols: readonly string[],
  work: Work & { readonly book: ReferenceBook; readonly quotations: Quotations; readonly date: string },
): Promise<number> {
  const { date, signal, out } = work;
  const bar = new ProgressBar({ total: symbols.length, label: "symbols" });
  const failed: string[] = [];
  for (const symbol of symbols) {
    if (signal.aborted) break;
    try {
      const asking = { priority: "reference", signal } as const;
      const known = await writeDetails(work, symbol, { date, now: systemClock.now(), asking });
      if (known === undefined) failed.push(`${symbol}: KIS does not know it`);
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      failed.push(`${symbol}: ${error.message}`);
    }
    bar.step();
  }
  if (symbols.length > 0) bar.end();
  for (const line of failed) out(line);
  out(`details: ${symbols.length - failed.length} of ${symbols.length} symbols that rules name`);
  return failed.length === 0 && !signal.aborted ? 0 : 1;
}

async function readFiles(paths: readonly string[]): Promise<readonly MasterFile[]> {
  const files: MasterFile[] = [];
  for (const path of paths) {
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(path);
    } catch (error) {
      const reason = `cannot be read: ${messageOf(error)}`;
      throw new InputError("bad_configuration", [{
        field: "--from",
        code: "unreadable",
        reason,
        value: path,
      }]);
    }
    files.push(...mastersIn(bytes, path));
  }
  return files;
}
