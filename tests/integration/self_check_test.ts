import { expect } from "expect";
import { Registry } from "prom-client";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Engine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { SelfCheck } from "../../src/roles/self_check/self_check.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { placementKey } from "../../src/rules/rule.ts";
import { decodeRule, encodeRule } from "../../src/rules/codec.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { Health } from "../../src/telemetry/health.ts";
import { OPENING, tradeOf } from "../contract/series_store.ts";
import { engineModule } from "../support/engine_module.ts";
import { ruleOf } from "../support/rules.ts";
import { until } from "../support/tickbell.ts";

/**
 * Runs the stream on the real engine with a self-check beside it until the check has judged two rounds, and found what it
 * is to find: an alert of a trade that was evaluated while a round began is judged by none.
 *
 * @returns its counts.
 */
async function checkedRun(
  finds?: "missed" | "unexpected",
): Promise<{ readonly differences: unknown; readonly state: string | undefined }> {
  const log = await openSqliteLog({ path: ":memory:", partitions: 1, clock: systemClock });
  const registry = new Registry();
  const health = new Health();
  const shared = { log, directory: new SymbolDirectory([]), clock: systemClock, random: Math.random };
  const stream = new Stream({
    ...shared,
    module: await engineModule(),
    commitMs: 5,
  });
  const selfCheck = new SelfCheck({ ...shared, registry, health, sliceMs: 100, everyMs: 1, settledMs: 0 });
  const count = async (name: "rounds_total" | "differences_total", label: string) => {
    const metric = await registry.getSingleMetric(`tickbell_self_check_${name}`)?.get();
    return metric?.values.find(({ labels }) => Object.values(labels).includes(label))?.value ?? 0;
  };
  const stop = new AbortController();
  const running = [stream.run(stop.signal), selfCheck.run(stop.signal)];
  let window = 0;
  const trade = async () => {
    // A new window each time, so that the rule fires in every slice.
    const made = tradeOf({ eventTime: OPENING + window++ * 3_600_000, price: 60_000 });
    const record = { topic: "trades", key: made.symbol, timestamp: made.eventTime } as const;
    await log.append([{ ...record, value: encodeTrade(made) }]);
  };
  try {
    for (const [id, value] of [["kept", "50000"], ["lost", "50000"], ["never", "70000"]] as const) {
      const rule = ruleOf({ id, value });
      const record = { topic: "rules", key: id, placement: placementKey(rule), timestamp: OPENING } as const;
      await log.append([{ ...record, value: encodeRule(rule) }]);
    }
    await until(async () => {
      await trade();
      const found = finds === undefined || await count("differences_total", finds) > 0;
      return found && await count("rounds_total", "checked") > 1;
    }, "two rounds of the self-check");
    const differences = {
      missed: await count("differences_total", "missed"),
      unexpected: await count("differences_total", "unexpected"),
    };
    return { differences, state: health.components().self_check?.state };
  } finally {
    stop.abort();
    await Promise.all(running);
    await log.close();
  }
}

Deno.test("the self-check finds nothing on the engine as it is", async () => {
  expect(await checkedRun()).toEqual({ differences: { missed: 0, unexpected: 0 }, state: "ready" });
});

Deno.test("the self-check counts what a broken engine does not fire", async () => {
  const { evaluate } = Engine.prototype;
  Engine.prototype.evaluate = function (batch) {
    const evaluation = evaluate.call(this, batch);
    return { ...evaluation, matches: evaluation.matches.filter(({ rule }) => rule.id !== "lost") };
  };
  try {
    const { differences, state } = await checkedRun("missed");
    expect(differences).toEqual({ missed: expect.any(Number), unexpected: 0 });
    expect(differences).not.toMatchObject({ missed: 0 });
    expect(state).toBe("degraded");
  } finally {
    Engine.prototype.evaluate = evaluate;
  }
});

Deno.test("the self-check counts what a broken engine fires against its rule", async () => {
  const { load, put } = Engine.prototype;
  const spoilt = (rule: Rule): Rule => {
    if (rule.id !== "never") return rule;
    const copy = decodeRule(new TextEncoder().encode(encodeRule(rule)));
    return { ...copy, conditions: copy.conditions.map((each) => ({ ...each, value: 1 })) };
  };
  Engine.prototype.load = function (rules) {
    load.call(this, { length: rules.length, at: (index) => spoilt(rules.at(index)!) });
  };
  Engine.prototype.put = function (rule) {
    put.call(this, spoilt(rule));
  };
  try {
    const { differences } = await checkedRun("unexpected");
    expect(differences).toEqual({ missed: 0, unexpected: expect.any(Number) });
    expect(differences).not.toMatchObject({ unexpected: 0 });
  } finally {
    Object.assign(Engine.prototype, { load, put });
  }
});
