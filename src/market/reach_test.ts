import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { outOfReach, type Threshold } from "./reach.ts";

const known = { ...referenceOf("005930", { name: "삼성전자" }), date: "20261123", basePrice: 71_900 };
const plain = { ...known, upperLimit: null, lowerLimit: null, liquidation: false, kind: "stock" as const };
const at = (of: Threshold["of"], towards: Threshold["towards"], value: number, over = {}) =>
  outOfReach({ of, towards, value }, { ...plain, ...over });

Deno.test("a price outside of the day's limits is not reached today", () => {
  expect(at("price", "up", 93_400)).toBeUndefined();
  expect(at("price", "up", 93_500)).toEqual({
    code: "not_today",
    reason: "is not reached today: the day's limit (상한가) is 93400 won (as of 20261123)",
  });
  expect(at("price", "down", 50_300)?.code).toBe("not_today");
  expect(at("price", "down", 95_000)).toBeUndefined();
  expect(at("price", "up", 90_100, { upperLimit: 90_000, lowerLimit: 60_000 })?.reason).toContain("90000");
  expect(at("change", "up", 21_600)?.code).toBe("not_today");
  expect(at("change", "down", -21_500)).toBeUndefined();
});

Deno.test("a rate beyond what a symbol may move is never reached", () => {
  expect(at("rate", "up", 30)).toBeUndefined();
  expect(at("rate", "up", 30.5)).toEqual({
    code: "never_reached",
    reason: "is never reached: it moves at most 30 % up in a day",
  });
  expect(at("rate", "down", -31)?.code).toBe("never_reached");
  expect(at("rate", "down", 5)).toBeUndefined();
  expect(at("rate", "up", 50, { kind: "etf", name: "KODEX 레버리지" })).toBeUndefined();
  expect(at("rate", "up", 150, { listedOn: "20261123" })).toBeUndefined();
});

Deno.test("where there are no limits, or nothing is known of them, nothing is said", () => {
  expect(at("rate", "up", 500, { liquidation: true })).toBeUndefined();
  expect(at("price", "up", 500_000, { basePrice: null })).toBeUndefined();
});
