import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { CHROMIUM } from "../support/chromium.ts";
import type { EdgeOutput } from "../support/edge_worker.ts";
import { partTest } from "../support/part.ts";

const PROGRAM = fileURLToPath(new URL("../support/edge_in_browser.ts", import.meta.url));

partTest("a worker in a real browser gives the oracle's alerts", CHROMIUM, async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", PROGRAM] })
    .output();
  expect({ code, output: code === 0 ? "" : new TextDecoder().decode(stderr) }).toEqual({
    code: 0,
    output: "",
  });
  const output = JSON.parse(new TextDecoder().decode(stdout)) as EdgeOutput;
  expect(output.engine.length).toBeGreaterThan(50);
  expect(output.engine).toEqual(output.oracle);
});
