import type { Rule } from "../../src/rules/rule.ts";
import { conditionOf, type Shorthand } from "../../src/rules/shorthand.ts";

/** A rule of no particular kind, with what matters to a test put over it. */
export function ruleOf(over: Partial<Rule>): Rule {
  const { kind = "target_price", comparator = "gte", value = "0", direction = null } = over;
  const shorthand: Shorthand = { kind, comparator, value, direction };
  return {
    id: "r1",
    symbol: "005930",
    symbols: null,
    market: null,
    conditions: kind === "condition" ? [] : [conditionOf(shorthand)],
    ...shorthand,
    on: "level",
    repeat: null,
    sessions: null,
    maxAlertsPerDay: null,
    recipients: ["a@example.com"],
    channels: ["mail"],
    locale: "ko",
    note: "",
    labels: {},
    tenant: "default",
    enabled: true,
    expiresAt: null,
    version: 1,
    armed: 1,
    armedAt: over.createdAt ?? 0,
    createdAt: 0,
    updatedAt: 0,
    ...over,
  };
}

/** A rule that fires on any trade of a symbol. */
export function everyTrade(symbol: string): Rule {
  return ruleOf({ id: `every-${symbol}`, symbol });
}
