import { commonSettings } from "../../config/common.ts";
import { historySettings, restSettings } from "../../config/feed.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { systemClock } from "../../core/clock.ts";
import { MarketCalendar } from "../../market/calendar.ts";
import { configureLogs, endLogs } from "../../telemetry/logs.ts";
import { command } from "../command.ts";
import { HistoryFetch } from "../history_fetch.ts";
import { openRest } from "../kis_account.ts";
import { symbolsNamed } from "../open_source.ts";
import { badSetting } from "../bad_setting.ts";

const { logLevel, logFormat } = telemetrySettings;
const settings = {
  dataDir: commonSettings.dataDir,
  ...restSettings,
  ...historySettings,
  logLevel,
  logFormat,
};

/** `tickbell history fetch`: the minutes of the last days from KIS's REST, as files that a replay plays. */
export const historyFetchCommand = command({
  name: "history fetch",
  summary:
    "Minutes of the last days from KIS's REST into files for --source replay; goes on where it was left",
  settings,
  examples: [
    "tickbell history fetch --symbols 005930,000660 --days 20 --folder history",
    "tickbell start --source replay --file history --speed max --exit-when-done --rules rules.json",
  ],
  async run({ config, signal, out }) {
    await configureLogs({ level: config.logLevel, format: config.logFormat });
    try {
      const symbols = await symbolsNamed(config.symbols);
      if (symbols.length === 0) throw badSetting("--symbols", "is needed: --symbols 005930,000660");
      const quotations = await openRest(config, { clock: systemClock, random: Math.random });
      if (quotations === undefined) throw badSetting("--kis-rest-per-second", "must be 1 or more");
      const fetch = new HistoryFetch({
        quotations,
        calendar: new MarketCalendar(config.holidays),
        folder: config.folder,
        now: systemClock.now(),
        signal,
        out,
      });
      return await fetch.run(symbols, config.days) ? 0 : 1;
    } finally {
      await endLogs();
    }
  },
});
