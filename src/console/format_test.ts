import { expect } from "expect";
import {
  clockTime,
  compact,
  day,
  mark,
  secondsAtMost,
  shortTime,
  signedChange,
  signedRate,
  wayOf,
  whole,
} from "./format.ts";

Deno.test("prices are grouped, changes carry a mark and rates two places", () => {
  expect(whole(1234567)).toBe("1,234,567");
  expect(signedChange(-300)).toBe("▼ 300");
  expect(signedChange(1350)).toBe("▲ 1,350");
  expect(signedChange(0)).toBe("0");
  expect(signedRate(1.9)).toBe("+1.90%");
  expect(signedRate(-0.56)).toBe("-0.56%");
  expect(signedRate(0)).toBe("0.00%");
});

Deno.test("the daily limits have a mark of their own", () => {
  expect(signedChange(40_200, "1")).toBe("↑ 40,200");
  expect(signedChange(-40_200, "4")).toBe("↓ 40,200");
  expect([mark("up"), mark("down"), mark("flat")]).toEqual(["▲", "▼", "–"]);
  expect([wayOf(1), wayOf(-1), wayOf(0)]).toEqual(["up", "down", "flat"]);
});

Deno.test("large figures are shortened in the reader's language, small ones are whole", () => {
  expect(compact(8_305_293, "ko")).toBe("831만");
  expect(compact(8_305_293, "en")).toBe("8.31M");
  expect(compact(9_999, "ko")).toBe("9,999");
  expect(compact(595_403_999_350, "ko")).toBe("5950억");
});

Deno.test("times are those of Seoul, wherever the reader is", () => {
  const justBeforeMidnight = Date.UTC(2026, 10, 22, 14, 59, 59);
  expect(clockTime(justBeforeMidnight)).toBe("23:59:59");
  expect(day(justBeforeMidnight)).toBe("2026-11-22");
  expect(day(justBeforeMidnight + 1_000)).toBe("2026-11-23");
  expect(clockTime(justBeforeMidnight + 1_000)).toBe("00:00:00");
  expect(shortTime(justBeforeMidnight, justBeforeMidnight)).toBe("23:59:59");
  expect(shortTime(justBeforeMidnight, justBeforeMidnight + 1_000)).toBe("11-22 23:59:59");
});

Deno.test("a bound of time is never said to be less than it is", () => {
  expect(["0.0", "0.1", "1.0", "1.1"]).toEqual([0, 1, 1_000, 1_001].map(secondsAtMost));
});
