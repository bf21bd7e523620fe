import { ReferenceBook } from "../../books/reference_book.ts";
import { consoleFiles } from "../../console/files.ts";
import { Control } from "../../control/control.ts";
import { BacktestFolder } from "../backtest/backtest_folder.ts";
import { sparedCores, WorkerRunner } from "../backtest/worker_runner.ts";
import { logger } from "../../telemetry/log.ts";
import { missingLinks } from "../consent_policy.ts";
import { controlDeps } from "../control_deps.ts";
import { embeddedApiKey, prepareDataDir } from "../data_dir.ts";
import { lambdaMetrics } from "../../telemetry/control_metrics.ts";
import { openMirror } from "../open_mirror.ts";
import { openSeries } from "../open_series.ts";
import { serveApi } from "../serve_api.ts";
import { directoryOf, loadEngine, loadListing } from "../wiring.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";

const log = logger("control");

/** Runs the role `tickbell control` as a process. */
export function runControl(context: RoleContext<"control">): Promise<number> {
  return runRole("control", context, async (parts) => {
    const { config } = context;
    const missing = missingLinks(config);
    if (missing !== undefined) log.warn("{missing}", { missing });
    const dataDir = config.influxUrl === undefined ? await prepareDataDir(config.dataDir) : config.dataDir;
    const series = openSeries({ ...config, dataDir }, parts);
    const directory = directoryOf(await loadListing(config.symbolsFile), config);
    const rootKey = config.apiKey ?? await embeddedApiKey(await prepareDataDir(config.dataDir));
    const engine = await loadEngine();
    const control = new Control({
      ...parts,
      ...controlDeps(config, { ...parts, engine }),
      backtests: new WorkerRunner({ module: engine, threads: sparedCores(), series: { ...config, dataDir } }),
      ...(config.influxUrl === undefined ? { backtestShelf: new BacktestFolder(dataDir) } : {}),
      series,
      directory,
      rootKey,
      consoleFiles,
    });
    const mirror = await openMirror(config, parts);
    if (mirror !== undefined) lambdaMetrics(parts.registry);
    return {
      run: async (signal) => {
        const served = await serveApi((request, from) => control.app.fetch(request, from), config);
        context.err(`tickbell control: ${served.url}`);
        const references = new ReferenceBook(parts.log, [directory]).run({ ...parts, signal });
        const running = Promise.all([control.run(signal), mirror?.run(signal), references]);
        await running.finally(() => served.close());
      },
      close: () => series.close(),
    };
  }, { serveTelemetry: false });
}
