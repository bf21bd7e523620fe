import { expect } from "expect";
import { ruleOf } from "../../../tests/support/rules.ts";
import { temporaryLog } from "../../../tests/support/temporary_log.ts";
import { systemClock } from "../../core/clock.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { encodeRule } from "../../rules/codec.ts";
import type { Rule } from "../../rules/rule.ts";
import { RuleSymbols } from "./rule_symbols.ts";

async function withRules(rules: readonly Partial<Rule>[], log: EventLog) {
  await log.append(rules.map((over, index) => {
    const rule = ruleOf({ value: "70000", ...over, id: `r${index}` });
    return { topic: "rules" as const, key: rule.id, value: encodeRule(rule), timestamp: 0 };
  }));
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  KOSDAQ: ["247540", "086520"],
  ETF: ["069500"],
};

async function named(log: EventLog) {
  const stop = new AbortController();
  let wanted: readonly string[] = [];
  const symbols: RuleSymbols = new RuleSymbols({
    log,
    clock: systemClock,
    listed: (market) => MEMBERS[market] ?? [],
    changed: (symbols) => {
      wanted = symbols;
      stop.abort();
    },
  });
  await symbols.run(AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]));
  return { wanted, symbols };
}

Deno.test("the symbols that rules name come first, the most named before, then those of whole markets", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  await withRules([
    { symbol: "005930", armedAt: 50 },
    { symbol: "000660", armedAt: 40 },
    { symbol: "000660", armedAt: 30 },
    { symbol: null, market: "KOSDAQ", armedAt: 20 },
    { symbol: null, symbols: ["005930", "086520"], armedAt: 60 },
    { symbol: null, market: "ETF", enabled: false },
  ], log);
  const { wanted, symbols } = await named(log);
  expect(wanted).toEqual(["000660", "005930", "086520", "247540"]);
  expect(["005930", "000660", "086520", "247540", "069500"].map((symbol) => symbols.since(symbol))).toEqual([
    50,
    30,
    20,
    20,
    undefined,
  ]);
});
