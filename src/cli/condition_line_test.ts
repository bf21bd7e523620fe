import { expect } from "expect";
import { conditionLine } from "./condition_line.ts";

Deno.test("a condition is said with its unit, and which way its measure has to go", () => {
  const of = (when: string, measured: string | null, distance: string | null, holds = false) =>
    conditionLine({
      when,
      measured,
      distance,
      holds,
      missing: measured === null ? "it has not traded today" : null,
    });
  expect(of("price >= 71950", "71900", "50")).toBe("price >= 71950: now 71,900 won, has to rise by 50 won");
  expect(of("price <= 53200", "1254000", "-1200800")).toBe(
    "price <= 53200: now 1,254,000 won, has to fall by 1,200,800 won",
  );
  expect(of("rate >= 1.9", "-0.25", "2.15")).toBe("rate >= 1.9: now -0.25 %, has to rise by 2.15 %");
  expect(of("price > 100", "100", "0")).toBe("price > 100: now 100 won, has to pass it");
  expect(of("price > 100", "101", "-1", true)).toBe("price > 100: now 101 won, holds");
  expect(of("gap >= 5", null, null)).toBe("gap >= 5: not known, it has not traded today");
});
