import { expect } from "expect";
import { ruleOf } from "../../../tests/support/rules.ts";
import { engineModule } from "../../../tests/support/engine_module.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { SqliteSeriesStore } from "../../adapters/sqlite/series_store.ts";
import type { BacktestReport } from "../../backtest/report.ts";
import { systemClock } from "../../core/clock.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import { WorkerRunner } from "./worker_runner.ts";

Deno.test("a backtest runs in a thread of its own, over prices that are written meanwhile, and ends when it is told to", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-backtest-" });
  const retention = { tickDays: 7, candleDays: 30, maxBytes: 2 ** 28 };
  const store = new SqliteSeriesStore({ path: `${dataDir}/series.db`, clock: systemClock, retention });
  try {
    const trade = tradeOf({ price: 1_100 });
    await store.write({ trades: [trade], quotes: [] });
    const given = {
      module: await engineModule(),
      series: {
        dataDir,
        influxUrl: undefined,
        influxToken: undefined,
        influxOrg: "project",
        influxBucket: "stock",
        seriesTickDays: 7,
        seriesQuoteMinutes: 60,
        seriesCandleDays: 30,
        seriesMaxMb: 256,
      },
    };
    const runner = new WorkerRunner(given);
    const day = seoulDay(trade.eventTime);
    const job = {
      rules: [ruleOf({ symbol: trade.symbol, value: "1100" })],
      sweep: null,
      from: day,
      to: day,
      symbols: null,
      references: [],
      windowMs: 3_600_000,
      graceMs: 3_600_000,
    };
    let report: BacktestReport | undefined;
    const run = runner.run(job, new AbortController().signal);
    for (let step = await run.next(); report === undefined; step = await run.next()) {
      if (step.done) report = step.value;
      else {await store.write({
          trades: [tradeOf({ price: 1_200, eventTime: trade.eventTime + 1 })],
          quotes: [],
        });}
    }
    expect(report.fires.map(({ price }) => price)).toEqual([1_100]);
    await store.write({
      trades: [tradeOf({ price: 1_300, eventTime: trade.eventTime + 3 * 86_400_000 })],
      quotes: [],
    });
    const [one, two] = await Promise.all([1, 2].map(async (threads) => {
      const run = new WorkerRunner({ ...given, threads }).run(
        { ...job, to: day + 3 },
        new AbortController().signal,
      );
      for (let step = await run.next();; step = await run.next()) if (step.done) return step.value;
    }));
    expect(two).toEqual(one);
    expect(one?.fires.map(({ price }) => price)).toEqual([1_100, 1_300]);
    expect(one?.fires[0]?.nextClose?.price).toBe(1_300);
    const stop = new AbortController();
    const ended = runner.run(job, stop.signal).next();
    stop.abort();
    await expect(ended).rejects.toThrow("was ended");
  } finally {
    await store.close();
    await Deno.remove(dataDir, { recursive: true });
  }
});
