import type { BacktestJob, BacktestProgress, BacktestRun, BacktestRunner } from "../../backtest/job.ts";
import { type StoredPart, storedReport } from "../../backtest/run_stored.ts";
import { splitJob } from "../../backtest/split_job.ts";
import { Fifo } from "../../core/fifo.ts";
import { OutsideError } from "../../core/errors.ts";
import { PROGRAM_FOLDER } from "../../files/program_folder.ts";
import type { SeriesConfig } from "../open_series.ts";
import type { WorkerTask } from "./worker.ts";

/** What a thread answers: how far it is, any number of times, then how it ended. */
export type WorkerAnswer =
  | { readonly is: "progress"; readonly progress: BacktestProgress }
  | { readonly is: "done"; readonly part: StoredPart }
  | { readonly is: "failed"; readonly expected: boolean; readonly message: string };

/** Runs each backtest in threads of its own, some days in each, which open the price series themselves. */
export class WorkerRunner implements BacktestRunner {
  readonly #module: WebAssembly.Module;
  readonly #series: SeriesConfig;
  readonly #threads: number;

  /** @param options.threads how many at most; one by default. */
  constructor(
    options: {
      readonly module: WebAssembly.Module;
      readonly series: SeriesConfig;
      readonly threads?: number;
    },
  ) {
    this.#module = options.module;
    this.#series = seriesConfigOf(options.series);
    this.#threads = options.threads ?? 1;
  }

  /** @throws {OutsideError} `backtest_ended` when the signal is aborted; what a thread failed with. */
  async *run(job: BacktestJob, signal: AbortSignal): BacktestRun {
    if (signal.aborted) throw ended();
    const answers = new Answers();
    const parts = splitJob(job, this.#threads);
    const threads = parts.map((part, place) => {
      const worker = new Worker(new URL("src/cli/backtest/worker.ts", PROGRAM_FOLDER).href, {
        type: "module",
      });
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => answers.put([place, data]);
      worker.onerror = (event) => {
        event.preventDefault();
        answers.put(new Error(`the backtest's thread failed: ${event.message}`));
      };
      worker.postMessage({ job: part, module: this.#module, series: this.#series } satisfies WorkerTask);
      return worker;
    });
    const onAbort = () => answers.put(ended());
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const progress = new Map<number, BacktestProgress>();
      const done = new Map<number, StoredPart>();
      while (done.size < parts.length) {
        const [place, answer] = await answers.next();
        if (answer.is === "done") done.set(place, answer.part);
        else if (answer.is === "progress") {
          progress.set(place, answer.progress);
          yield together(answer.progress, [...progress.values()], job);
        } else if (answer.expected) {
          throw new OutsideError("backtest_failed", answer.message, { retryable: false });
        } else throw new Error(answer.message);
      }
      return storedReport(job, parts.map((_, place) => done.get(place) as StoredPart));
    } finally {
      signal.removeEventListener("abort", onAbort);
      for (const worker of threads) worker.terminate();
    }
  }
}

/** The cores of this machine that a backtest may take where others work as well: all but one. */
export function sparedCores(): number {
  return Math.max(1, navigator.hardwareConcurrency - 1);
}

/** What threads say, in the order in which it came. */
class Answers {
  readonly #answers = new Fifo<readonly [number, WorkerAnswer] | Error>();
  #wake = Promise.withResolvers<void>();

  put(answer: readonly [number, WorkerAnswer] | Error): void {
    this.#answers.push(answer);
    this.#wake.resolve();
  }

  /** @throws what was put as an error. */
  async next(): Promise<readonly [number, WorkerAnswer]> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return answer;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }
}

/** How far all parts are, the day being that of the newest word. */
function together(
  newest: BacktestProgress,
  all: readonly BacktestProgress[],
  { from, to }: BacktestJob,
): BacktestProgress {
  const sum = (of: "days" | "trades" | "fires") => all.reduce((total, each) => total + each[of], 0);
  const { date } = newest;
  return { date, days: sum("days"), daysTotal: to - from + 1, trades: sum("trades"), fires: sum("fires") };
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
