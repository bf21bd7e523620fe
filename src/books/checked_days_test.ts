import { expect } from "expect";
import type { LogRecord } from "../ports/event_log.ts";
import { CheckedDays, checkedRecord } from "./checked_days.ts";

const DAY_MS = 86_400_000;
const MORNING = Date.UTC(2026, 10, 26, 0, 0, 10);

function take(days: CheckedDays, key: string, value: string | null): void {
  const bytes = value === null ? null : new TextEncoder().encode(value);
  const news = days.decode({ key, value: bytes } as LogRecord);
  if (news !== undefined) days.apply(news);
}

Deno.test("what was missed is counted over all processes and days, since the first of their rounds", () => {
  const days = new CheckedDays();
  expect(days.all()).toBeUndefined();
  const said = [
    { date: "20261126", instance: "a", at: MORNING + 5_000, since: MORNING, differences: 2, missed: 1 },
    {
      date: "20261126",
      instance: "b",
      at: MORNING + 7_000,
      since: MORNING + 1_000,
      differences: 0,
      missed: 0,
    },
    {
      date: "20261127",
      instance: "a",
      at: MORNING + DAY_MS,
      since: MORNING + DAY_MS,
      differences: 0,
      missed: 0,
    },
  ];
  for (const { date, instance, at, ...of } of said) {
    const { key, value } = checkedRecord({ rounds: 1, trades: 10, ...of }, { date, instance, at });
    take(days, key, value as string);
  }
  expect(days.all()).toEqual({ rounds: 3, trades: 30, differences: 2, missed: 1, since: MORNING });
  expect(days.of("20261126")).toEqual({ rounds: 2, trades: 20, differences: 2 });
  take(days, "self-check/20261126/a", null);
  expect(days.all()).toMatchObject({ rounds: 2, missed: 0, since: MORNING + 1_000 });
});

Deno.test("a record of version 0.1.0 says no less than that all its differences were missed", () => {
  const days = new CheckedDays();
  take(days, "self-check/20261126/a", JSON.stringify({ rounds: 4, trades: 9, differences: 3, at: MORNING }));
  expect(days.all()).toEqual({ rounds: 4, trades: 9, differences: 3, missed: 3, since: MORNING });
});
