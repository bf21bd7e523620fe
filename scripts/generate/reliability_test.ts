import { expect } from "expect";
import { reliabilityPage } from "./reliability.ts";

Deno.test("the page of reliability has every run: its values, its counts, what it found", () => {
  const page = reliabilityPage({
    torture: [{
      date: "2026-11-30",
      minutes: 3,
      happened: { "kill -9": 2, "a | in it": 1 },
      latencyMs: { before: { p50: 3 } },
      found: ["missing alerts: 2"],
      notRun: {},
    }],
  });
  expect(page).toContain("### 2026-11-30");
  expect(page).toContain("| minutes | 3 |");
  expect(page).toContain("| kill -9 | 2 |");
  expect(page).toContain("| a \\| in it | 1 |");
  expect(page).toContain("| before: p50 | 3 |");
  expect(page).toContain("found:\n\n- missing alerts: 2");
  expect(page).toContain("No run is recorded yet.");
  expect(page).not.toContain("not run");
  expect(page).toContain("- [simulation.md](simulation.md#what-it-found) has the list.");
});
