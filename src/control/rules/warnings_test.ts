import { expect } from "expect";
import { SymbolDirectory } from "../../market/directory.ts";
import { LISTING } from "../../market/listing.ts";
import type { Rule } from "../../rules/rule.ts";
import { ruleWarnings } from "./warnings.ts";

const directory = new SymbolDirectory(LISTING, { complete: false });
const rule = (symbol: string, value: string) =>
  ({ symbol, value, kind: "target_price", expiresAt: null }) as Rule;
const codes = (symbol: string, value: string) =>
  ruleWarnings(rule(symbol, value), directory, 0).map(({ code }) => code);

Deno.test("a symbol that is not known and a price between two ticks are odd, not wrong", () => {
  expect(codes("005930", "71900")).toEqual([]);
  expect(codes("005930", "71950")).toEqual(["off_tick"]);
  expect(codes("005931", "71900")).toEqual(["unlisted_symbol"]);
  expect(ruleWarnings(rule("005931", "1"), directory, 0)[0]?.reason).toContain("did you mean");
});
