import { expect } from "expect";
import { DayQuota, nextMorning } from "./quota.ts";

const HOUR = 3_600_000;
const at = (seoul: string) => Date.parse(`${seoul}+09:00`);
const KIM = { tenant: "acme", recipient: "kim@example.com" };
const LEE = { tenant: "acme", recipient: "lee@example.com" };

Deno.test("a day's messages are counted by tenant and by recipient; the rest wait for the morning", () => {
  const now = at("2025-11-26T09:47:00");
  const morning = at("2025-11-27T07:30:00");
  const quota = new DayQuota({ tenant: 3, recipient: 2 });
  for (const who of [KIM, KIM]) {
    expect(quota.over(who, now)).toBeUndefined();
    quota.count(who, now);
  }
  expect([quota.over(KIM, now), quota.over(LEE, now)]).toEqual([morning, undefined]);
  expect(quota.over({ ...KIM, tenant: "beta" }, now)).toBeUndefined();
  quota.count(LEE, now);
  expect([quota.over(LEE, now), quota.over({ ...LEE, recipient: "new@example.com" }, now)]).toEqual([
    morning,
    morning,
  ]);
});

Deno.test("the day is Seoul's, and what went out before counts only if it was today", () => {
  const late = at("2025-11-26T23:59:59");
  const quota = new DayQuota({ tenant: 0, recipient: 1 });
  quota.count(KIM, late - 24 * HOUR, late);
  expect(quota.over(KIM, late)).toBeUndefined();
  quota.count(KIM, at("2025-11-26T00:00:00"), late);
  expect(quota.over(KIM, late)).toBe(at("2025-11-27T07:30:00"));
  expect(quota.over(KIM, late + 1_000)).toBeUndefined();
  expect(nextMorning(at("2025-11-27T00:00:00"))).toBe(at("2025-11-28T07:30:00"));
});

Deno.test("0 is no limit", () => {
  const quota = new DayQuota({ tenant: 0, recipient: 0 });
  for (let turn = 0; turn < 5; turn++) quota.count(KIM, 1);
  expect(quota.over(KIM, 1)).toBeUndefined();
});
