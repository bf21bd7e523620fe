import { expect } from "expect";
import type { Condition } from "../../rules/condition.ts";
import type { ShownRule } from "../api/types.ts";
import { listed, trade } from "../fixture.ts";
import { conditionsNow, isMet, reachOf, sameRule } from "./rule_advice.ts";

const NOW = Date.parse("2026-11-23T10:00:00+09:00");
const price = (value: number, comparator: "gte" | "lte" = "gte"): Condition => ({
  measure: "price",
  params: [],
  comparator,
  value,
});
const rate = (value: number, comparator: "gte" | "lte"): Condition => ({
  measure: "rate",
  params: [],
  comparator,
  value,
});

Deno.test("what is met already is known, and what each condition measures", () => {
  expect(isMet([price(70_000)], trade())).toBe(true);
  expect(isMet([price(70_000), rate(300, "gte")], trade())).toBe(false);
  expect(isMet([price(70_000)], undefined)).toBe(false);
  expect(conditionsNow([rate(300, "gte")], trade())).toEqual([{ units: 191, holds: false }]);
});

Deno.test("what no trade can meet, today or ever, is known", () => {
  const about = { listed: listed("005930", "삼성전자"), trade: trade(), now: NOW };
  expect(reachOf(price(95_000), about)?.code).toBe("not_today");
  expect(reachOf(price(40_000, "lte"), about)?.code).toBe("not_today");
  expect(reachOf(rate(3_100, "gte"), about)?.code).toBe("never_reached");
  expect(reachOf(price(72_000), about)).toBeUndefined();
  expect(reachOf(rate(-2_900, "lte"), about)).toBeUndefined();
});

Deno.test("a rule that says the same of the same symbols is found, itself aside", () => {
  const rule = {
    id: "r",
    symbol: "005930",
    symbols: null,
    market: null,
    on: "level",
    conditions: [price(72_000)],
  };
  const rules = [rule as unknown as ShownRule];
  const same = {
    symbols: ["005930"],
    market: undefined,
    conditions: [price(72_000)],
    on: "level",
    id: undefined,
  };
  expect(sameRule(rules, same)?.id).toBe("r");
  expect(sameRule(rules, { ...same, id: "r" })).toBeUndefined();
  expect(sameRule(rules, { ...same, on: "crossing" })).toBeUndefined();
  expect(sameRule(rules, { ...same, conditions: [price(72_100)] })).toBeUndefined();
});
