import { expect } from "expect";
import { parseRule } from "../../rules/parse_rule.ts";
import type { ShownRule } from "../api/types.ts";
import { type DeskQuery, deskRules, distanceOf, madeAgain, stateOf, triedRule } from "./rule_desk.ts";

const NOW = 1_000_000;

function rule(id: string, given: Partial<ShownRule> = {}): ShownRule {
  return {
    id,
    symbol: "005930",
    symbols: null,
    market: null,
    conditions: [{ measure: "price", params: [], comparator: "gte", value: 72_000 }],
    on: "level",
    repeat: null,
    sessions: null,
    maxAlertsPerDay: null,
    recipients: ["a@example.com"],
    channels: ["mail"],
    locale: "ko",
    note: "",
    labels: {},
    enabled: true,
    expiresAt: null,
    ...given,
  } as ShownRule;
}

const RULES = [
  rule("far", { labels: { team: "desk-1" } }),
  rule("near", { conditions: [{ measure: "price", params: [], comparator: "lt", value: 70_100 }] }),
  rule("paused", { enabled: false, symbol: "000660" }),
  rule("expired", { expiresAt: NOW - 1 }),
];

function listed(given: Partial<DeskQuery>): string[] {
  return deskRules(RULES, {
    search: "",
    state: "all",
    sort: "newest",
    label: "",
    now: NOW,
    textOf: ({ id, symbol }) => `${id} ${symbol}`,
    nameOf: ({ symbol }) => symbol ?? "",
    distanceOf: (one) => distanceOf(one, 70_000),
    ...given,
  }).map(({ id }) => id);
}

Deno.test("rules are found by how they are, by label and by words, and put in order", () => {
  expect(listed({ state: "active" })).toEqual(["far", "near"]);
  expect(listed({ state: "expired" })).toEqual(["expired"]);
  expect(listed({ label: "team=desk-1" })).toEqual(["far"]);
  expect(listed({ search: "000660 pau" })).toEqual(["paused"]);
  expect(listed({ sort: "nearest" })[0]).toBe("near");
  expect(listed({ sort: "symbol" })[0]).toBe("paused");
  expect(stateOf(rule("r", { enabled: false, expiresAt: NOW + 1 }), NOW)).toBe("paused");
});

Deno.test("what was deleted can be made again as it was", () => {
  const before = rule("r", {
    labels: { a: "b" },
    enabled: false,
    expiresAt: 2_000_000_000_000,
    repeat: "day",
  });
  expect(parseRule(madeAgain(before))).toMatchObject({
    id: "r",
    conditions: before.conditions,
    labels: { a: "b" },
    enabled: false,
    repeat: "day",
    expiresAt: 2_000_000_000_000,
  });
});

Deno.test("a rule is tried as it stands, whatever it is for", () => {
  const before = rule("r", { sessions: ["regular"], repeat: "day" });
  expect(triedRule(before)).toMatchObject({ symbol: "005930", when: "price >= 72000", repeat: "day" });
  const several = { symbol: null, symbols: ["000660", "005930"] } as const;
  for (const target of [several, { symbol: null, market: "KOSPI" as const }]) {
    expect(parseRule(triedRule({ ...before, ...target }))).toMatchObject(target);
  }
});
