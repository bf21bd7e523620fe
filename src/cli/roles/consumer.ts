import { Consumer } from "../../roles/consumer/consumer.ts";
import { SelfCheck } from "../../roles/self_check/self_check.ts";
import { prepareDataDir } from "../data_dir.ts";
import { openSeries } from "../open_series.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";
import { directoryOf, loadListing } from "../wiring.ts";

/** Runs the role `tickbell consumer` as a process. */
export function runConsumer(context: RoleContext<"consumer">): Promise<number> {
  return runRole("consumer", context, async (parts) => {
    const { config } = context;
    const dataDir = config.influxUrl === undefined ? await prepareDataDir(config.dataDir) : config.dataDir;
    const series = openSeries({ ...config, dataDir }, parts);
    const consumer = new Consumer({
      ...parts,
      series,
      batchPoints: config.seriesBatchPoints,
      batchMs: config.seriesBatchMs,
    });
    // Beside the consumer, which nobody waits for in milliseconds.
    const { windowMs, graceMs, maxAheadMs } = config;
    const directory = directoryOf(await loadListing(config.symbolsFile), config);
    const selfCheck = new SelfCheck({
      ...parts,
      directory,
      windowMs,
      graceMs,
      maxAheadMs,
      instance: crypto.randomUUID(),
    });
    return {
      run: async (signal) => void await Promise.all([consumer.run(signal), selfCheck.run(signal)]),
      close: () => series.close(),
    };
  });
}
