import { until } from "../../../tests/support/until.ts";
import { expect } from "expect";
import { Registry } from "prom-client";
import { openSqliteLog } from "../../adapters/sqlite/event_log.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { seededRandom } from "../../core/backoff.ts";
import { systemClock } from "../../core/clock.ts";
import { SymbolDirectory } from "../../market/directory.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import type { Trade } from "../../market/trade.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import { encodeRule } from "../../rules/codec.ts";
import { Oracle } from "../../rules/evaluate.ts";
import { placementKey, type Rule } from "../../rules/rule.ts";
import { Health } from "../../telemetry/health.ts";
import { OPENING, tradeOf } from "../../../tests/contract/series_store.ts";
import { ruleOf as ruleLike } from "../../../tests/support/rules.ts";
import { makeAlert } from "../../alerts/make_alert.ts";
import { SelfCheck } from "./self_check.ts";
import { encodePosition } from "../stream/position.ts";

const HOUR = 3_600_000;
const directory = new SymbolDirectory([]);

function ruleOf(id: string, changes: Partial<Rule> = {}): Rule {
  return ruleLike({ id, value: "60000", createdAt: OPENING, updatedAt: OPENING, ...changes });
}

function ruleRecord(rule: Rule): NewRecord {
  return {
    topic: "rules",
    key: rule.id,
    placement: placementKey(rule),
    value: encodeRule(rule),
    timestamp: OPENING,
  };
}

function tradeRecord(trade: Trade): NewRecord {
  return { topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: trade.eventTime };
}

interface Bench {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly health: Health;
  /** Puts trades into the log while a sample is gathered, evaluated by a stream that can be made to err. */
  check(
    prices: readonly (number | Trade)[],
    err?: (alertRecords: NewRecord[]) => NewRecord[],
  ): ReturnType<SelfCheck["check"]>;
}

/** A log, a stream made of the oracle, and a self-check over them. */
async function withBench(rules: readonly Rule[], body: (bench: Bench) => Promise<void>): Promise<void> {
  const log = await openSqliteLog({ path: ":memory:", partitions: 1, clock: systemClock });
  const oracle = new Oracle();
  oracle.load(rules);
  let err = (records: NewRecord[]) => records;
  const evaluated = { offset: 0 };
  const member = await log.join({
    group: "stream",
    topics: ["trades"],
    assigned: (assignment) =>
      Promise.resolve({
        async handle(batch) {
          const { matches } = oracle.evaluate(batch.records);
          const alerts = matches.map((match) => makeAlert(match, HOUR, directory));
          const records = alerts.map((alert): NewRecord => ({
            topic: "alerts",
            key: alert.symbol,
            value: encodeAlert(alert),
            timestamp: alert.eventTime,
          }));
          const written = err(records);
          if (written.length > 0) await log.append(written);
          const metadata = encodePosition({
            alertsFrom: 0,
            ...oracle.time,
            candles: { from: 0, to: 0 },
            days: [],
            formingFrom: null,
          });
          await assignment.commit({ offset: batch.nextOffset, metadata });
          evaluated.offset = batch.nextOffset;
        },
        revoke: () => Promise.resolve(),
      }),
  });
  const registry = new Registry();
  const health = new Health();
  try {
    await log.append(rules.map(ruleRecord));
    let at = 0;
    const pass = async (prices: readonly (number | Trade)[]) => {
      const trades = prices.map((price) =>
        typeof price === "number" ? tradeOf({ eventTime: OPENING + at++, price }) : price
      );
      await log.append(trades.map(tradeRecord));
      const { end } = await log.bounds("trades", 0);
      await until(() => evaluated.offset >= end, "the trades to be evaluated");
    };
    await pass([50_000]);
    let gathering = async () => {};
    const clock = {
      ...systemClock,
      sleep: (ms: number) => ms === 0 ? Promise.resolve() : gathering(),
    };
    const check = new SelfCheck({ log, directory, clock, random: seededRandom(1), registry, health });
    await body({
      log,
      registry,
      health,
      async check(prices, erring = (records) => records) {
        err = erring;
        gathering = () => pass(prices);
        return await check.check(0, new AbortController().signal);
      },
    });
  } finally {
    await member.leave();
    await log.close();
  }
}

Deno.test("a stream that fires as the oracle does has no differences", () =>
  withBench([ruleOf("r1"), ruleOf("r2", { value: "70000" })], async ({ check, registry, health }) => {
    expect(await check([60_000, 61_000, 59_000])).toEqual({ trades: 3, rules: 2, differences: [] });
    expect(await check([62_000])).toEqual({ trades: 1, rules: 2, differences: [] });
    expect(await registry.metrics()).toContain('tickbell_self_check_differences_total{kind="missed"} 0');
    expect(health.components().self_check?.state).toBe("ready");
    expect(health.components().self_check?.detail).toBe("no difference between the stream and the oracle");
  }));

Deno.test("what it finds is not said before anything was compared", () =>
  withBench([ruleOf("other", { symbol: "000660" })], async ({ check, health }) => {
    const nothing = { state: "ready", detail: "nothing compared yet: no trade of a rule that can be judged" };
    expect(health.components().self_check).toMatchObject(nothing);
    expect(await check([60_000])).toEqual({ trades: 1, rules: 0, differences: [] });
    expect(health.components().self_check).toMatchObject(nothing);
  }));

Deno.test("rules for a list of symbols and for all of the market are judged too, each symbol's alert on its own", () => {
  const rules = [
    ruleOf("list", { symbol: null, symbols: ["000660", "005930"] }),
    ruleOf("any", { symbol: null, market: "*" }),
    ruleOf("other-market", { symbol: null, market: "KOSDAQ" }),
    ruleOf("used-up", { symbol: null, symbols: ["005930"], maxAlertsPerDay: 1 }),
  ];
  return withBench(rules, async ({ check }) => {
    expect(await check([60_000, 61_000])).toEqual({ trades: 2, rules: 3, differences: [] });
    const slice = await check(
      [62_000],
      (records) => records.filter(({ value }) => !String(value).includes('"any"')),
    );
    expect(slice?.differences).toEqual([]);
  });
});

Deno.test("an alert that was not written is counted as missed", () =>
  withBench([ruleOf("r1"), ruleOf("r2", { value: "60500" })], async ({ check, registry, health }) => {
    const slice = await check(
      [60_000, 61_000],
      (records) => records.filter(({ value }) => !String(value).includes('"r1"')),
    );
    expect(slice?.differences).toEqual([{ kind: "missed", alertId: `r1@${OPENING}`, ruleId: "r1" }]);
    expect(await registry.metrics()).toContain('tickbell_self_check_differences_total{kind="missed"} 1');
    expect(health.components().self_check?.state).toBe("degraded");
  }));

Deno.test("an alert the oracle does not give is counted as unexpected", () =>
  withBench([ruleOf("r1", { value: "99000" })], async ({ check }) => {
    const rule = ruleOf("r1", { value: "99000" });
    const match = {
      rule,
      windowStart: OPENING,
      offset: 1,
      ...tradeOf({ eventTime: OPENING + 1, price: 60_000 }),
    };
    const alert = makeAlert(match, HOUR, directory);
    const record: NewRecord = {
      topic: "alerts",
      key: alert.symbol,
      value: encodeAlert(alert),
      timestamp: alert.eventTime,
    };
    const slice = await check([60_000], () => [record]);
    expect(slice?.differences).toEqual([{ kind: "unexpected", alertId: `r1@${OPENING}`, ruleId: "r1" }]);
  }));

Deno.test("two venues' trades of the same millisecond do not make the alert of one of them unexpected", () =>
  withBench([ruleOf("r1")], async ({ check }) => {
    const krx = tradeOf({ eventTime: OPENING + 1, price: 60_000 });
    const nxt = tradeOf({ eventTime: OPENING + 1, price: 50_000, venue: "NXT" });
    expect(await check([krx, nxt])).toEqual({ trades: 2, rules: 1, differences: [] });
  }));

Deno.test("a rule that fired in its window before the sample is not missed in it", () =>
  withBench([ruleOf("r1", { value: "50000" })], async ({ check }) => {
    expect(await check([60_000])).toEqual({ trades: 1, rules: 1, differences: [] });
  }));

Deno.test("rules that are new, expiring or changed meanwhile are not judged", () => {
  const now = Date.now();
  const rules = [
    ruleOf("new", { updatedAt: now }),
    ruleOf("expiring", { expiresAt: OPENING + 2 }),
    ruleOf("off", { enabled: false }),
    ruleOf("changed"),
  ];
  return withBench(rules, async ({ check, log }) => {
    const slice = await check([60_000, 60_001], () => {
      log.append([ruleRecord(ruleOf("changed", { version: 2 }))]);
      return [];
    });
    expect(slice).toEqual({ trades: 2, rules: 0, differences: [] });
  });
});

Deno.test("nothing evaluated is nothing checked", () =>
  withBench([ruleOf("r1")], async ({ check }) => {
    expect(await check([])).toBeUndefined();
  }));
