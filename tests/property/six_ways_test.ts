import { expect } from "expect";
import fc from "fast-check";
import { Backtest } from "../../src/backtest/backtest.ts";
import { recordOfTrade } from "../../src/backtest/record.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { Preview } from "../../src/console/preview/preview.ts";
import { tryRule } from "../../src/control/rules/try_rule.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { dateOf } from "../../src/market/seoul_time.ts";
import type { Trade } from "../../src/market/trade.ts";
import { MEASURES, needOf } from "../../src/rules/measures.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { formatWhen } from "../../src/rules/when.ts";
import { engineModule } from "../support/engine_module.ts";
import { measuredRule, measuredTrade, NINE, references, SYMBOLS } from "../support/measured_gen.ts";
import { appendRules, runUntilDone } from "../support/stream_restarts.ts";
import { allRecords, temporaryLog } from "../support/temporary_log.ts";

const RUNS = 3;
const HOUR = 3_600_000;
const [SYMBOL] = SYMBOLS as [string];

/** A day of one symbol, in the order of time, as it is stored. */
const day = fc.array(
  fc.record({ minutes: fc.nat(3), ms: fc.nat(59_999), trade: measuredTrade }),
  { minLength: 30, maxLength: 120, size: "max" },
).map((drafts): Trade[] => {
  let at = NINE - HOUR;
  return drafts.map(({ minutes, ms, trade: { origin: _origin, ...trade } }) => {
    at += minutes * 60_000 + ms % 20_000;
    return { ...trade, symbol: SYMBOL, volume: Math.min(trade.volume, 1_000), eventTime: at };
  });
});

/** Whether a rule could be made, and needs no status: these are in no stored trade. */
function isSound({ conditions }: Rule): boolean {
  return conditions.every((condition) => {
    const { min, max } = MEASURES[condition.measure];
    return condition.value >= min && condition.value <= max && needOf(condition) !== "status";
  });
}

/** Rules for the symbol that nothing but trades and what is known of the day decides. */
const rules = fc.uniqueArray(measuredRule, {
  minLength: 8,
  maxLength: 12,
  selector: ({ id }) => id,
  size: "max",
})
  .map((drafts) =>
    drafts.filter(isSound).map((rule) => ({
      ...rule,
      symbol: SYMBOL,
      symbols: null,
      market: null,
      enabled: true,
      expiresAt: null,
      maxAlertsPerDay: null,
    }))
  );

/** When each rule fires, by who says it. */
async function stream(
  trades: readonly Trade[],
  rules: readonly Rule[],
  crashes: boolean,
): Promise<Map<string, number[]>> {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await appendRules(log, rules);
  const half = Math.floor(trades.length / 2);
  for (const part of [trades.slice(0, half), trades.slice(half)]) {
    await log.append(part.map((trade) => ({
      topic: "trades" as const,
      key: trade.symbol,
      value: encodeTrade(trade),
      timestamp: trade.eventTime,
      headers: { "ingest-time": String(trade.eventTime) },
    })));
    await runUntilDone(log, crashes);
  }
  await runUntilDone(log);
  const alerts = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!));
  return byRule(alerts.map(({ ruleId, eventTime }) => [ruleId, eventTime]));
}

function byRule(fires: readonly (readonly [string, number])[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [id, at] of fires) found.set(id, [...found.get(id) ?? [], at].sort((one, other) => one - other));
  return found;
}

Deno.test("stream, restarted stream, oracle, trial, preview and backtest say the same of the same trades", async () => {
  const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]) |
    0;
  const runs = Number(Deno.env.get("TICKBELL_TEST_RUNS") ?? RUNS);
  console.log(`seed ${seed}, ${runs} runs`);
  const module = await engineModule();
  const reference = references[0]!;
  const referenceOn = (date: string) => date === reference.date ? reference : undefined;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(day, rules, async (trades, rules) => {
      const given = { windowMs: HOUR, graceMs: HOUR };
      const told = await stream(trades, rules, false);
      expect(await stream(trades, rules, true)).toEqual(told);
      const backtest = new Backtest({ ...given, module, rules });
      backtest.setReference(reference);
      backtest.take(trades.map(recordOfTrade));
      backtest.end();
      expect(byRule(backtest.fires.map(({ ruleId, at }) => [ruleId, at]))).toEqual(told);
      for (const rule of rules) {
        const times = told.get(rule.id) ?? [];
        for (const tried of [module, undefined]) {
          const trial = tryRule(rule, { ...given, module: tried, referenceOn, candles: [] });
          expect([rule.id, trial.take(trades).map(({ eventTime }) => eventTime)]).toEqual([rule.id, times]);
        }
        if (rule.conditions.some((condition) => needOf(condition) === "reference")) continue;
        const { symbol, on, repeat, sessions, recipients, conditions } = rule;
        const body = { symbol, on, repeat, sessions, recipients, when: formatWhen(conditions) };
        expect([body, new Preview(module, trades).fires(body).times]).toEqual([body, times]);
        compared += times.length;
      }
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(0);
  expect(dateOf(NINE)).toBe(reference.date);
});
