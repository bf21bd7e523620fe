import { expect } from "expect";
import fc from "fast-check";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import type { BacktestReport } from "../../src/backtest/report.ts";
import type { BacktestJob } from "../../src/backtest/job.ts";
import { runStored, runStoredPart, storedReport } from "../../src/backtest/run_stored.ts";
import { splitJob } from "../../src/backtest/split_job.ts";
import { systemClock } from "../../src/core/clock.ts";
import { seoulDay } from "../../src/market/seoul_time.ts";
import type { Trade } from "../../src/market/trade.ts";
import { engineModule } from "../support/engine_module.ts";
import { measuredRule, measuredTrade, NINE, references } from "../support/measured_gen.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const RUNS = 15;

/** Trades of six days, some of them in the night, as the simulated market has them. */
const trades = fc.array(
  fc.record({
    day: fc.nat(5),
    hour: fc.constantFrom(-1, 0, 0, 1, 6, 12, 14),
    ms: fc.nat(300_000),
    trade: measuredTrade,
  }).map(({ day, hour, ms, trade: { origin: _origin, ...trade } }): Trade => ({
    ...trade,
    // What is stored has been counted: its minutes are made of all of it.
    halted: "N",
    session: "0",
    venue: "KRX",
    volume: Math.min(trade.volume, 1_000),
    accVolume: 1_000,
    accValue: 1_000_000,
    eventTime: NINE + day * DAY + hour * HOUR + ms,
  })),
  { minLength: 20, maxLength: 150, size: "max" },
);

async function ended<T>(run: AsyncGenerator<unknown, T>): Promise<T> {
  for (let step = await run.next();; step = await run.next()) if (step.done) return step.value;
}

Deno.test("a backtest whose days are split over threads reports what one over all of them does", async () => {
  const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]) |
    0;
  const runs = Number(Deno.env.get("TICKBELL_TEST_RUNS") ?? RUNS);
  console.log(`seed ${seed}, ${runs} runs`);
  const module = await engineModule();
  let fires = 0;
  let split = 0;
  await fc.assert(
    fc.asyncProperty(
      trades,
      fc.uniqueArray(measuredRule, { minLength: 4, maxLength: 12, selector: ({ id }) => id, size: "max" }),
      fc.constantFrom(60_000, HOUR, DAY),
      fc.boolean(),
      async (trades, drafts, windowMs, withOnce) => {
        const rules = drafts.filter(({ repeat }) => withOnce || repeat !== "once")
          .map((rule) => ({ ...rule, enabled: true, expiresAt: null }));
        fc.pre(rules.length > 0);
        const series = new SqliteSeriesStore({
          path: ":memory:",
          clock: { ...systemClock, now: () => NINE + 6 * DAY },
          retention: { tickDays: 30, candleDays: 30, maxBytes: 2 ** 28 },
        });
        try {
          await series.write({ trades, quotes: [] });
          const from = seoulDay(NINE);
          const job: BacktestJob = {
            rules,
            sweep: null,
            from,
            to: from + 5,
            symbols: null,
            references,
            windowMs,
            graceMs: HOUR,
          };
          const whole: BacktestReport = await ended(runStored(job, { series, module }));
          const jobs = splitJob(job, 3);
          split += jobs.length - 1;
          const parts = [];
          for (const part of jobs) {
            parts.push(structuredClone(await ended(runStoredPart(part, { series, module }))));
          }
          expect(storedReport(job, parts)).toEqual(whole);
          fires += whole.fires.length;
        } finally {
          await series.close();
        }
      },
    ),
    { seed, numRuns: runs, endOnFailure: true },
  );
  expect([fires > 0, split > 0]).toEqual([true, true]);
});
