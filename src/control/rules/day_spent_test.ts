import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { snapshotOf } from "../../rules/snapshot.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { isDaySpent } from "./day_spent.ts";
import { explain } from "./explain.ts";

const NINE = Date.parse("2026-11-23T09:00:00+09:00");
const rule = ruleOf({ id: "r1", value: "1", symbol: null, market: "*", maxAlertsPerDay: 2 });
const closing = alertFixture({ ruleId: "r1", symbol: "005930", eventTime: NINE, closing: true });

Deno.test("a rule's alerts of a day are spent where its last one said so, that day and there alone", () => {
  const spent = (symbol: string, eventTime: number, partitions: number) =>
    isDaySpent([closing], { rule, trade: tradeOf({ symbol, eventTime }), partitions });
  expect(spent("005930", NINE + 3_600_000, 2)).toBe(true);
  expect(spent("000660", NINE + 3_600_000, 1)).toBe(true);
  expect(spent("000660", NINE + 3_600_000, 1_024)).toBe(false);
  expect(spent("005930", NINE + 86_400_000, 2)).toBe(false);
  const { closing: _, ...before } = closing;
  const trade = tradeOf({ symbol: "005930", eventTime: NINE });
  expect(isDaySpent([before], { rule, trade, partitions: 2 })).toBe(false);
  expect(isDaySpent([{ ...closing, ruleId: "r2" }], { rule, trade, partitions: 2 })).toBe(false);
});

Deno.test("a rule whose alerts of the day are spent is not said to have one on its way", () => {
  const last = snapshotOf(tradeOf({ symbol: "005930", eventTime: NINE }));
  const moment = { last, watermark: NINE, graceMs: 3_600_000, fired: false };
  expect(explain(rule, { ...moment, daySpent: true }).reason).toBe(
    "The last trade meets it, but its alerts of the day are spent: it fires again tomorrow",
  );
  expect(explain(rule, moment).reason).not.toContain("spent");
});
