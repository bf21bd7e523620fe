import { expect } from "expect";
import * as tickbell from "../../src/mod.ts";
import { edgeInput } from "../support/edge_input.ts";
import { bundleWithPackage, installPackage } from "../support/edge_package.ts";
import { runCases } from "./package_cases.mjs";

Deno.test("the package does in Deno what it says", async () => {
  const { wasm, rules, trades } = await edgeInput();
  const { alerts, subject } = runCases(tickbell, await WebAssembly.compile(wasm), { rules, trades });
  expect(alerts).toBeGreaterThan(50);
  expect(subject).toContain("조건");
});

Deno.test("the package is typed, imports nothing, and is under 64 kB gzip with the module", async () => {
  await using installed = await installPackage();
  const types = await Deno.readTextFile(`${installed.folder}/node_modules/@tickbell/tickbell/src/mod.d.ts`);
  expect(types).toContain('from "./engine/engine.js"');
  const everything = await bundleWithPackage(installed, 'export * from "@tickbell/tickbell";\n');
  const size = await gzipped(new TextEncoder().encode(everything)) + await gzipped(installed.wasm);
  expect(size).toBeLessThan(64_000);
  // What is not used is left out.
  const engine = await bundleWithPackage(installed, 'export { Engine } from "@tickbell/tickbell";\n');
  expect(engine.length).toBeLessThan(everything.length / 2);
});

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}
