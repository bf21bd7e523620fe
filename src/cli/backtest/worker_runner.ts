import type { BacktestJob, BacktestProgress, BacktestRun, BacktestRunner } from "../../backtest/job.ts";
import type { BacktestReport } from "../../backtest/report.ts";
import { Fifo } from "../../core/fifo.ts";
import { OutsideError } from "../../core/errors.ts";
import type { SeriesConfig } from "../open_series.ts";
import type { WorkerTask } from "./worker.ts";

/** What the thread answers: how far it is, any number of times, then how it ended. */
export type WorkerAnswer =
  | { readonly is: "progress"; readonly progress: BacktestProgress }
  | { readonly is: "done"; readonly report: BacktestReport }
  | { readonly is: "failed"; readonly expected: boolean; readonly message: string };

/** Runs each backtest in a thread of its own, which opens the price series itself. */
export class WorkerRunner implements BacktestRunner {
  readonly #module: WebAssembly.Module;
  readonly #series: SeriesConfig;

  constructor(options: { readonly module: WebAssembly.Module; readonly series: SeriesConfig }) {
    this.#module = options.module;
    this.#series = seriesConfigOf(options.series);
  }

  /** @throws {OutsideError} `backtest_ended` when the signal is aborted; what the thread failed with. */
  async *run(job: BacktestJob, signal: AbortSignal): BacktestRun {
    if (signal.aborted) throw ended();
    const answers = new Fifo<WorkerAnswer | Error>();
    let wake = Promise.withResolvers<void>();
    const put = (answer: WorkerAnswer | Error) => {
      answers.push(answer);
      wake.resolve();
    };
    const worker = new Worker(new URL("./worker.ts", import.meta.url).href, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => put(data);
    worker.onerror = (event) => {
      event.preventDefault();
      put(new Error(`the backtest's thread failed: ${event.message}`));
    };
    const onAbort = () => put(ended());
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      worker.postMessage({ job, module: this.#module, series: this.#series } satisfies WorkerTask);
      for (;;) {
        const answer = answers.shift();
        if (answer === undefined) {
          await wake.promise;
          wake = Promise.withResolvers<void>();
          continue;
        }
        if (answer instanceof Error) throw answer;
        if (answer.is === "done") return answer.report;
        if (answer.is === "progress") yield answer.progress;
        else if (answer.expected) {
          throw new OutsideError("backtest_failed", answer.message, { retryable: false });
        } else throw new Error(answer.message);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      worker.terminate();
    }
  }
}

/** What of the settings the thread needs: plain data, which can be handed over. */
function seriesConfigOf(config: SeriesConfig): SeriesConfig {
  const { dataDir, influxUrl, influxToken, influxOrg, influxBucket } = config;
  const { seriesTickDays, seriesQuoteMinutes, seriesCandleDays, seriesMaxMb } = config;
  return {
    dataDir,
    influxUrl,
    influxToken,
    influxOrg,
    influxBucket,
    seriesTickDays,
    seriesQuoteMinutes,
    seriesCandleDays,
    seriesMaxMb,
  };
}

function ended(): OutsideError {
  return new OutsideError("backtest_ended", "the backtest was ended", { retryable: false });
}
