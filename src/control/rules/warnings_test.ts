import { expect } from "expect";
import { SymbolDirectory } from "../../market/directory.ts";
import { LISTING } from "../../market/listing.ts";
import type { Rule } from "../../rules/rule.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { referenceOf } from "../../../tests/support/references.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import { withShorthand } from "../../rules/parse_rule_conditions.ts";
import { parseWhen } from "../../rules/when.ts";
import { ruleWarnings } from "./warnings.ts";

const directory = new SymbolDirectory(LISTING, { complete: false });
const rule = (symbol: string, value: string) => ruleOf({ symbol, value });
const codes = (symbol: string, value: string) =>
  ruleWarnings(rule(symbol, value), { directory, now: 0 }).map(({ code }) => code);

Deno.test("a symbol that is not known is odd, not wrong; mid-price trades happen between two ticks", () => {
  expect(codes("005930", "71900")).toEqual([]);
  expect(codes("005930", "71950")).toEqual([]);
  expect(codes("005931", "71900")).toEqual(["unlisted_symbol"]);
  // A company with a similar number is another company.
  expect(ruleWarnings(rule("005931", "1"), { directory, now: 0 })[0]?.reason).not.toContain("005930");
});

Deno.test("a symbol that is halted, leaves the market or is warned of says so", () => {
  const learned = new SymbolDirectory(LISTING, { complete: false });
  const states = { halted: true, liquidation: true, administrative: true, warning: "danger" } as const;
  learned.learn({ ...referenceOf("005930", { name: "삼성전자" }), ...states });
  const found = ruleWarnings(rule("005930", "71900"), { directory: learned, now: 0 });
  expect(found.map(({ code }) => code)).toEqual([
    "halted",
    "liquidation",
    "administrative",
    "market_warning",
  ]);
  expect(found.every(({ field }) => field === "symbol")).toBe(true);
});

Deno.test("a value outside of what the symbol may trade at is not reached, today or ever", () => {
  const learned = new SymbolDirectory(LISTING, { complete: false });
  learned.learn(referenceOf("005930", { name: "삼성전자", basePrice: 71_900, date: "20261123" }));
  const found = (over: Partial<Rule>) =>
    ruleWarnings(ruleOf({ value: "1", ...over }), { directory: learned, now: 0 }).map(({ code }) => code);
  expect(found({ value: "93400" })).toEqual([]);
  expect(found({ value: "93500" })).toEqual(["not_today"]);
  expect(found({ value: "50300", comparator: "lte" })).toEqual(["not_today"]);
  expect(found({ kind: "change_rate", value: "31", direction: "either" })).toEqual(["never_reached"]);
  expect(found({ kind: "change_rate", value: "29.5", direction: "either" })).toEqual([]);
  expect(found({ kind: "change_rate", value: "31", direction: "down" })).toEqual(["never_reached"]);
  expect(found({ kind: "change_rate", value: "31", comparator: "lte", direction: "up" })).toEqual([]);
  expect(found({ kind: "day_change", value: "21600", direction: "up" })).toEqual(["not_today"]);
  expect(found({ kind: "price_limit", value: null, comparator: null })).toEqual([]);
});

Deno.test("a recipient whose channel does not work here is reported, unless the channel is off", () => {
  const idleChannels = new Map([["telegram", "--telegram-token is not set"] as const]);
  const warnings = (over: Partial<Rule>) =>
    ruleWarnings(ruleOf({ value: "1", recipients: ["a@example.com", "telegram:1"], ...over }), {
      directory: new SymbolDirectory(LISTING, { complete: false }),
      now: 0,
      idleChannels,
    }).filter(({ code }) => code === "channel_idle");
  expect(warnings({ channels: ["mail", "telegram"] })).toEqual([{
    field: "recipients[1]",
    code: "channel_idle",
    reason: "is reached by telegram, which does not work here: --telegram-token is not set",
  }]);
  expect(warnings({ channels: ["mail"] })).toEqual([]);
});

Deno.test("conditions that exclude one another, and measures without their history, are said", () => {
  const found = (when: string, known = directory) => {
    const issues = new InputIssues();
    const conditions = parseWhen(when, "when", issues)!;
    return ruleWarnings(ruleOf(withShorthand(conditions)), { directory: known, now: 0 }).map((
      { field, code },
    ) => `${field} ${code}`);
  };
  expect(found("rate >= 5 and rate < 5")).toEqual(["conditions[1] never_together"]);
  expect(found("rate >= 5 and rate <= 5")).toEqual([]);
  expect(found("new_high and from_high(52w) <= -20")).toEqual(["conditions[1] no_history"]);
  const learned = new SymbolDirectory(LISTING, { complete: false });
  const candle = { date: "20261120", open: 1, high: 1, low: 1, close: 1, volume: 1 };
  learned.learn(referenceOf("005930", { candles: [candle] }));
  expect(found("new_high(52w)", learned)).toEqual([]);
});
