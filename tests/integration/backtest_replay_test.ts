import { expect } from "expect";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { ReplaySource } from "../../src/adapters/replay/replay_source.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import type { BacktestReport } from "../../src/backtest/report.ts";
import { runRecorded } from "../../src/cli/backtest/run_recorded.ts";
import { EMBEDDED_PARTITIONS } from "../../src/cli/open_embedded_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { referenceOfListed, SymbolDirectory } from "../../src/market/directory.ts";
import { LISTING } from "../../src/market/listing.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { makeRule } from "../../src/rules/make_rule.ts";
import { parseRule } from "../../src/rules/parse_rule.ts";
import { partitionsOf, placedOn } from "../../src/rules/placements.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "../support/engine_module.ts";
import { until } from "../support/until.ts";

const FILE = new URL("../../examples/market.kis.gz", import.meta.url).pathname;

const RULES = [
  { id: "level", symbol: "005930", when: "price >= 1000" },
  {
    id: "crossing",
    symbols: ["000660", "005930", "035720"],
    when: "from_open >= 0.5",
    on: "crossing",
    repeat: "10m",
  },
  { id: "all", market: "*", when: "abs_rate >= 3 and day_volume >= 10", repeat: "30m", maxAlertsPerDay: 6 },
  { id: "kospi", market: "KOSPI", when: "new_high(day) >= 1", repeat: "1m" },
  { id: "move", market: "*", when: "move(1m) >= 0.2", repeat: "1m" },
  { id: "average", symbol: "005930", when: "sma(2,1m) <= 0.1", repeat: "1m" },
].map((draft): Rule =>
  makeRule(parseRule({ ...draft, recipients: ["kim@example.com"] }), { id: draft.id, now: 0 })
);

/** The alerts' ids of a replay by the roles, in the order of the ids. */
async function replayed(): Promise<string[]> {
  const log = await openSqliteLog({ path: ":memory:", partitions: EMBEDDED_PARTITIONS, clock: systemClock });
  const stop = new AbortController();
  const shared = { log, clock: systemClock, random: Math.random };
  await log.append(RULES.flatMap((rule) =>
    partitionsOf(rule, EMBEDDED_PARTITIONS).map((partition) => ({
      topic: "rules" as const,
      key: rule.id,
      placement: placedOn(partition, EMBEDDED_PARTITIONS),
      value: encodeRule(rule),
      timestamp: 0,
    }))
  ));
  const stream = new Stream({
    ...shared,
    module: await engineModule(),
    directory: new SymbolDirectory(LISTING),
  });
  const running = stream.run(stop.signal);
  const source = new ReplaySource({ path: FILE, speed: Infinity, clock: systemClock });
  await new Producer({ ...shared, source }).run(stop.signal);
  const found: string[] = [];
  for (let partition = 0; partition < EMBEDDED_PARTITIONS; partition++) {
    const { end } = await log.bounds("trades", partition);
    await until(async () => (await log.committed("stream", "trades", partition))?.offset === end);
    const { start, end: alertsEnd } = await log.bounds("alerts", partition);
    for await (const { records } of log.read({ topic: "alerts", partition, from: start, to: alertsEnd })) {
      found.push(...records.map(({ value }) => decodeAlert(value as Uint8Array).id));
    }
  }
  stop.abort();
  await running;
  await log.close();
  return found.sort();
}

async function backtested(): Promise<BacktestReport> {
  const run = runRecorded({
    rules: RULES,
    sweep: null,
    from: 0,
    to: Infinity,
    symbols: null,
    references: LISTING.map(referenceOfListed),
    windowMs: 3_600_000,
    graceMs: 3_600_000,
  }, { path: FILE, module: await engineModule(), clock: systemClock, signal: new AbortController().signal });
  for (let step = await run.next();; step = await run.next()) if (step.done) return step.value;
}

Deno.test("a backtest of a recording fires what a replay of the same file by the roles fires, ids and all", async () => {
  const [alerts, report] = await Promise.all([replayed(), backtested()]);
  expect(alerts.length).toBeGreaterThan(20);
  expect(report.fires.map(({ alertId }) => alertId).sort()).toEqual(alerts);
});
