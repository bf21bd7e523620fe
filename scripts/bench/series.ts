/**
 * The price series: from a filled topic into InfluxDB and SQLite, beside one synchronous write a message; and what it
 * costs in memory when InfluxDB is away. Needs influxd in the parts folder or on PATH, and for the original's own way a
 * Python with influxdb-client (`TICKBELL_BENCH_PYTHON`, by default python3).
 *
 * @module
 */
import type { Scenario } from "../bench.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { type Influxd, startInfluxd } from "../../tests/support/influxd.ts";
import {
  checkPoints,
  hasOriginalClient,
  oneWriteAMessage,
  originalWay,
  preparedBodies,
  throughTheConsumer,
  type Took,
} from "./series_ways.ts";
import { consume, fill, sqliteStore, storeIn } from "./series_world.ts";

const MB = 1024 * 1024;
/** Messages of the ways that write one at a time: enough for seconds. */
const MESSAGES = 2_000;

/** The scenarios of the price series. */
export const scenarios: Record<string, Scenario> = {
  /**
   * Points a second into a real InfluxDB beside the original's way, all ways in turn, each round on a fresh server; the
   * medians, and the CPU time a point costs the writing process and InfluxDB, which says more on a machine that is busy.
   * `-- TRADES` (100,000) `ROUNDS` (3).
   */
  "series": async ({ args }) => await compared(Number(args[0] ?? 100_000), Number(args[1] ?? 3)),
  /** Points a second into SQLite alone, through the consumer, with nothing to install. `-- TRADES` (200,000) `ROUNDS` (5). */
  "series-sqlite": async ({ args }) => [await embedded(Number(args[0] ?? 200_000), Number(args[1] ?? 5))],
  /** Memory while InfluxDB is away and trades go on coming, and how fast it is caught up. `-- SECONDS` (20). */
  "series-away": async ({ args }) => [await away(Number(args[0] ?? 20))],
};

const ORIGINAL = "one synchronous write a message, the original's client (Python)";

interface Way {
  readonly run: (influxd: Influxd) => Promise<Took>;
  /** InfluxDB's bucket its points must be in. */
  readonly bucket?: string;
}

interface Found {
  readonly rate: number;
  readonly ownMicroseconds: number;
  readonly influxMicroseconds: number;
}

async function compared(trades: number, rounds: number): Promise<Record<string, unknown>[]> {
  const ways: Record<string, Way> = {
    [ORIGINAL]: { bucket: "first", run: (influxd) => originalWay(influxd, MESSAGES) },
    "the same, the client for JavaScript": {
      bucket: "first",
      run: (influxd) => oneWriteAMessage(influxd, MESSAGES),
    },
    "consumer into InfluxDB": {
      bucket: "stock",
      run: async (influxd) => {
        const store = storeIn(influxd);
        await store.setup();
        return await throughTheConsumer(store, trades);
      },
    },
    "InfluxDB alone, bodies made before": {
      bucket: "first",
      run: (influxd) => preparedBodies(influxd, trades),
    },
    "consumer into SQLite": { run: () => throughTheConsumer(sqliteStore(), trades) },
  };
  if (!await hasOriginalClient()) {
    console.error("The original's way is left out: pip install influxdb-client, or TICKBELL_BENCH_PYTHON.");
    delete ways[ORIGINAL];
  }
  const found = new Map<string, Found[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) found.get(name)?.push(await measured(way));
  }
  const rate = (way: string) => median((found.get(way) ?? []).map((one) => one.rate));
  const [slowest = ORIGINAL] = Object.keys(ways);
  return [...found].map(([way, all]) => ({
    way,
    points_per_second: Math.round(rate(way)),
    times_as_fast: round(rate(way) / rate(slowest)),
    writer_cpu_us_a_point: round(median(all.map((one) => one.ownMicroseconds))),
    influxd_cpu_us_a_point: round(median(all.map((one) => one.influxMicroseconds))),
  }));
}

async function embedded(trades: number, rounds: number): Promise<Record<string, unknown>> {
  const all: Took[] = [];
  for (let round = 0; round < rounds; round++) all.push(await throughTheConsumer(sqliteStore(), trades));
  const rates = all.map(({ points, seconds }) => Math.round(points / seconds)).sort((a, b) => a - b);
  return {
    way: "consumer into SQLite",
    points_per_second: median(rates),
    slowest: rates[0],
    fastest: rates.at(-1),
    writer_cpu_us_a_point: round(median(all.map(({ points, cpuSeconds }) => cpuSeconds * 1e6 / points))),
  };
}

async function measured({ run, bucket }: Way): Promise<Found> {
  const influxd = await startInfluxd();
  try {
    const before = await influxd.cpuSeconds();
    const { points, seconds, cpuSeconds } = await run(influxd);
    const influx = await influxd.cpuSeconds() - before;
    if (bucket !== undefined) await checkPoints(influxd, bucket, points);
    return {
      rate: points / seconds,
      ownMicroseconds: cpuSeconds * 1e6 / points,
      influxMicroseconds: influx * 1e6 / points,
    };
  } finally {
    await influxd.close();
  }
}

/** Trades at 5,000 a second into the log while InfluxDB is stopped; then it is started. */
async function away(seconds: number): Promise<Record<string, unknown>> {
  const influxd = await startInfluxd();
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 4, clock: systemClock });
  const run = consume(log, storeIn(influxd));
  await fill(log, 0, 20_000);
  while (await run.points() < 20_000) await systemClock.sleep(5);
  await influxd.stop();
  const before = Deno.memoryUsage().rss;
  let peak = before;
  let most = 0;
  let total = 20_000;
  for (let second = 0; second < seconds; second++) {
    await fill(log, total, 5_000);
    total += 5_000;
    await systemClock.sleep(200);
    peak = Math.max(peak, Deno.memoryUsage().rss);
    most = Math.max(most, await run.buffered());
  }
  await influxd.start();
  const began = performance.now();
  while (await run.points() < total) await systemClock.sleep(5);
  const caughtUp = (performance.now() - began) / 1000;
  await run.stop();
  await log.close();
  await influxd.close();
  await Deno.remove(folder, { recursive: true });
  return {
    records_meanwhile: total - 20_000,
    most_buffered_points: most,
    rss_before_mb: round(before / MB),
    rss_peak_mb: round(peak / MB),
    caught_up_seconds: round(caughtUp),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
