import { expect } from "expect";
import * as tickbell from "../../src/mod.ts";
import { edgeInput } from "../support/edge_input.ts";
import { runCases } from "./package_cases.mjs";

Deno.test("the package does in Deno what it says", async () => {
  const { wasm, rules, trades } = await edgeInput();
  const { alerts, subject } = runCases(tickbell, await WebAssembly.compile(wasm), { rules, trades });
  expect(alerts).toBeGreaterThan(50);
  expect(subject).toContain("조건");
});
