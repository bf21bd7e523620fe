import { expect } from "expect";
import { CHROMIUM, runInBrowser } from "../support/chromium.ts";
import type { EdgeOutput } from "../support/edge_worker.ts";
import { partTest } from "../support/part.ts";

partTest("a worker in a real browser gives the oracle's alerts", CHROMIUM, async () => {
  const { success, out, said } = await runInBrowser("edge_in_browser.ts");
  expect([success, success ? "" : said]).toEqual([true, ""]);
  const output = JSON.parse(out) as EdgeOutput;
  expect(output.engine.length).toBeGreaterThan(50);
  expect(output.engine).toEqual(output.oracle);
});
