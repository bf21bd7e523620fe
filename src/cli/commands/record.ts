import { feedSettings, recordSettings } from "../../config/feed.ts";
import { commonSettings } from "../../config/common.ts";
import type { Values } from "../../config/setting.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { Recorder } from "../../adapters/replay/recorder.ts";
import { configureLogs, endLogs } from "../../telemetry/logs.ts";
import { command } from "../command.ts";
import { openSource, symbolsOf } from "../open_source.ts";
import { loadListing } from "../wiring.ts";

const { symbolsFile } = commonSettings;
const { logLevel, logFormat } = telemetrySettings;
const settings = { symbolsFile, ...feedSettings, ...recordSettings, logLevel, logFormat };

/** `tickbell record`: a feed's raw frames into files that `--source replay` plays. */
export const recordCommand = command({
  name: "record",
  summary: "A feed's raw frames with their times of arrival into gzip files, for --source replay",
  settings,
  examples: [
    "tickbell record --source kis --symbols 005930,000660 --out today.kis.gz",
    "tickbell record --source simulator --rate 500 --out simulated.kis.gz",
  ],
  async run({ config, signal, out }) {
    await configureLogs({ level: config.logLevel, format: config.logFormat });
    try {
      const files = await record(config, signal, out);
      for (const { path, frames } of files) out(`${path}: ${frames} frames`);
      return 0;
    } finally {
      await endLogs();
    }
  },
});

async function record(config: Values<typeof settings>, signal: AbortSignal, out: (line: string) => void) {
  const symbols = await symbolsOf(config);
  if (symbols === "rules") {
    const reason = "must name what is to be recorded: symbols separated by commas, or @FILE";
    throw new InputError("bad_configuration", [{ field: "--symbols", code: "missing", reason }]);
  }
  const listing = await loadListing(config.symbolsFile);
  const source = await openSource(config, { clock: systemClock, random: Math.random, listing });
  if (symbols !== undefined) source.want?.(symbols);
  const recorder = new Recorder({ path: config.out, maxBytes: config.rotateMb * 1024 * 1024 });
  out(`recording ${source.name} to ${config.out}; stop with Ctrl-C`);
  try {
    for await (const events of source.events(signal)) await recorder.write(events);
  } finally {
    await recorder.close();
  }
  return recorder.files;
}
