/**
 * The thread that a backtest runs in: the event loop of whatever alerts does not feel it.
 *
 * @module
 */
import type { BacktestJob } from "../../backtest/job.ts";
import { runStoredPart } from "../../backtest/run_stored.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import { openSeries, type SeriesConfig } from "../open_series.ts";
import type { WorkerAnswer } from "./worker_runner.ts";

/** What the thread is given, once. */
export interface WorkerTask {
  /** A part of one. */
  readonly job: BacktestJob;
  readonly module: WebAssembly.Module;
  readonly series: SeriesConfig;
}

declare const self: DedicatedWorker;
interface DedicatedWorker {
  onmessage: ((event: MessageEvent<WorkerTask>) => void) | null;
  postMessage(answer: WorkerAnswer): void;
}

self.onmessage = async ({ data: { job, module, series: config } }) => {
  try {
    const series = openSeries(config, { clock: systemClock });
    try {
      const run = runStoredPart(job, { series, module });
      for (let step = await run.next();; step = await run.next()) {
        if (step.done) return self.postMessage({ is: "done", part: step.value });
        self.postMessage({ is: "progress", progress: step.value });
      }
    } finally {
      await series.close();
    }
  } catch (thrown) {
    const expected = thrown instanceof InputError || thrown instanceof OutsideError;
    self.postMessage({ is: "failed", expected, message: messageOf(thrown) });
  }
};
