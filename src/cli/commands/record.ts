import { feedSettings, recordSettings } from "../../config/feed.ts";
import { commonSettings } from "../../config/common.ts";
import type { Values } from "../../config/setting.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import { referenceLine } from "../../market/reference_codec.ts";
import { dateOf } from "../../market/seoul_time.ts";
import { askReference } from "../../roles/producer/reference_update.ts";
import { Recorder } from "../../adapters/replay/recorder.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import { configureLogs, endLogs } from "../../telemetry/logs.ts";
import { command } from "../command.ts";
import { openRest } from "../kis_account.ts";
import { openSource, symbolsOf } from "../open_source.ts";
import { loadListing } from "../wiring.ts";

const { symbolsFile, dataDir } = commonSettings;
const { logLevel, logFormat } = telemetrySettings;
const settings = { symbolsFile, dataDir, ...feedSettings, ...recordSettings, logLevel, logFormat };

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
    const known: SourceEvent[] = [];
    const asking = askReferences(config, { symbols: symbols ?? [], known, signal, out });
    for await (const events of source.events(signal)) await recorder.write([...known.splice(0), ...events]);
    await asking;
    if (known.length > 0) await recorder.write(known);
  } finally {
    await recorder.close();
  }
  return recorder.files;
}

/**
 * Asks what is known of each symbol on this day, for a replay to have that day's. Nothing waits for it: frames are
 * recorded meanwhile.
 */
async function askReferences(
  config: Values<typeof settings>,
  { symbols, known, signal, out }: {
    readonly symbols: readonly string[];
    /** Where the events are put. */
    readonly known: SourceEvent[];
    readonly signal: AbortSignal;
    readonly out: (line: string) => void;
  },
): Promise<void> {
  const quotations = config.source === "kis"
    ? await openRest(config, { clock: systemClock, random: Math.random })
    : undefined;
  if (quotations === undefined) return;
  const asking = { priority: "reference", signal } as const;
  const encoder = new TextEncoder();
  for (const symbol of symbols) {
    const receivedAt = systemClock.now();
    try {
      const date = dateOf(receivedAt);
      const reference = await askReference(quotations, symbol, { date, asking, before: undefined });
      if (reference === undefined) continue;
      known.push({ type: "reference", bytes: encoder.encode(referenceLine(reference)), receivedAt });
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      if (signal.aborted) return;
      out(`${symbol}: what is known of it could not be recorded: ${error.message}`);
    }
  }
}
