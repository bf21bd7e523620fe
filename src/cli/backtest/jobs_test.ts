import { expect } from "expect";
import { until } from "../../../tests/support/until.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import type { BacktestRunner } from "../../backtest/job.ts";
import { BacktestFolder } from "./backtest_folder.ts";
import type { BacktestReport } from "../../backtest/report.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { BacktestJobs } from "../../control/backtests/jobs.ts";

/** Runs nothing, until it is ended. */
const waiting: BacktestRunner = {
  // deno-lint-ignore require-yield
  async *run(_job, signal) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    throw new OutsideError("backtest_ended", "the backtest was ended", { retryable: false });
  },
};
const job = {
  rules: [ruleOf({})],
  sweep: null,
  from: 20_000,
  to: 20_000,
  symbols: null,
  references: [],
  windowMs: 3_600_000,
  graceMs: 3_600_000,
};

Deno.test("backtests that are cancelled before their turn are forgotten as well, the oldest first", async () => {
  const stop = new AbortController();
  const jobs = new BacktestJobs({ runner: waiting, clock: systemClock, stopping: stop.signal });
  const running = jobs.add({ id: "running", tenant: "acme", job, sweep: null });
  for (let count = 0; count < 30; count++) {
    jobs.remove(jobs.add({ id: `b${count}`, tenant: "acme", job, sweep: null }));
  }
  expect(jobs.list("acme").map(({ id }) => id)).toEqual([
    ...Array.from({ length: 10 }, (_, place) => `b${29 - place}`),
    "running",
  ]);
  jobs.remove(running);
  await jobs.idle;
  expect(running.state).toBe("cancelled");
  stop.abort();
});

Deno.test("what a backtest found outlives a restart, and one that a restart ended says so", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-shelf-" });
  try {
    const shelf = new BacktestFolder(dataDir);
    const report = { notes: ["found"] } as unknown as BacktestReport;
    const at = (runner: BacktestRunner, stopping = new AbortController().signal) =>
      new BacktestJobs({ runner, clock: systemClock, stopping, shelf });
    const finds: BacktestRunner = {
      // deno-lint-ignore require-yield
      async *run() {
        return await Promise.resolve(report);
      },
    };
    const first = at(finds);
    first.add({ id: "done", tenant: "acme", job, sweep: null });
    await first.idle;
    // Killed while one runs: it says nothing any more.
    const killed = at(waiting);
    await killed.loaded;
    const running = killed.add({ id: "running", tenant: "acme", job, sweep: "value=1..2/1" });
    await until(async () => (await shelf.all()).length === 2, "both to be kept");
    const again = at(waiting);
    await again.loaded;
    expect(again.get("acme", "done")).toMatchObject({ state: "done", rules: 1, report });
    expect(again.get("acme", "running")).toMatchObject({
      state: "failed",
      sweep: "value=1..2/1",
      problem: expect.stringContaining("restarted"),
    });
    expect(again.get("other", "done")).toBeUndefined();
    again.remove(again.get("acme", "done")!);
    await again.idle;
    killed.remove(running);
    await killed.idle;
    const last = at(waiting);
    await last.loaded;
    expect(last.list("acme").map(({ id }) => id)).toEqual(["running"]);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
