import type { Rule } from "../../src/rules/rule.ts";

/** A rule of no particular kind, with what matters to a test put over it. */
export function ruleOf(over: Partial<Rule>): Rule {
  return {
    id: "r1",
    symbol: "005930",
    kind: "target_price",
    comparator: "gte",
    value: "0",
    direction: null,
    recipients: ["a@example.com"],
    channels: ["mail"],
    locale: "ko",
    note: "",
    labels: {},
    tenant: "default",
    enabled: true,
    expiresAt: null,
    version: 1,
    createdAt: 0,
    updatedAt: 0,
    ...over,
  };
}

/** A rule that fires on any trade of a symbol. */
export function everyTrade(symbol: string): Rule {
  return ruleOf({ id: `every-${symbol}`, symbol });
}
