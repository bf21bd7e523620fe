import { expect } from "expect";
import type { ShownRule } from "../api/types.ts";
import { drawnLevels, priceChange, type PriceLevel, priceLevels, ruleAtPrice } from "./chart_levels.ts";

const price = { measure: "price", params: [], comparator: "gte", value: 71_900 } as const;
const rate = { measure: "rate", params: [], comparator: "gte", value: 300 } as const;

function rule(given: Partial<ShownRule>): ShownRule {
  return {
    id: "r",
    enabled: true,
    kind: "target_price",
    value: "71900",
    conditions: [price],
    ...given,
  } as ShownRule;
}

Deno.test("each condition on the price is a level; paused rules have none", () => {
  const both = rule({ kind: "condition", value: null, conditions: [rate, price] });
  expect(
    priceLevels([rule({}), both, rule({ enabled: false })], "ko").map((
      { condition, title },
    ) => [condition, title]),
  )
    .toEqual([[0, "이상"], [1, "이상"]]);
});

Deno.test("a dragged level changes the value of a target price, and the text of conditions", () => {
  const [plain] = priceLevels([rule({})], "ko") as [PriceLevel];
  expect(priceChange(plain, 72_300)).toEqual({ value: "72300" });
  const [level] = priceLevels(
    [rule({ kind: "condition", value: null, conditions: [rate, price] })],
    "ko",
  ) as [PriceLevel];
  expect(priceChange(level, 72_300)).toEqual({ when: "rate >= 3 and price >= 72300" });
  expect(ruleAtPrice(level, 72_300).conditions[1]?.value).toBe(72_300);
});

Deno.test("of many levels those nearest to the price are drawn, one of each price", () => {
  const many = Array.from(
    { length: 100 },
    (_, at) => rule({ id: `r${at}`, conditions: [{ ...price, value: 50_000 + 500 * Math.floor(at / 2) }] }),
  );
  const drawn = drawnLevels(priceLevels(many, "ko"), 60_000).map(({ price }) => price);
  expect(drawn.length).toBe(24);
  expect([Math.min(...drawn), Math.max(...drawn), new Set(drawn).size]).toEqual([54_000, 65_500, 24]);
  expect(drawnLevels(priceLevels([rule({})], "ko"), undefined).length).toBe(1);
  expect(drawnLevels(priceLevels([rule({})], "ko"), 150_000)).toEqual([]);
});
