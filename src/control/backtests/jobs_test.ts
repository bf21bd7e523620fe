import { expect } from "expect";
import { ruleOf } from "../../../tests/support/rules.ts";
import type { BacktestRunner } from "../../backtest/job.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { BacktestJobs } from "./jobs.ts";

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
