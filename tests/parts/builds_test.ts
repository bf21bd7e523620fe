/**
 * What is built is what its sources give: the two WASM modules, the package for npm. Nothing is needed but time.
 *
 * @module
 */
import { expect } from "expect";
import { compileSiphash, siphashFile } from "../../scripts/build_siphash.ts";
import { compileTo, ENGINE_WASM, hashOfFile } from "../../scripts/build_wasm.ts";
import { bundleWithPackage, installPackage } from "../support/edge_package.ts";
import { engineModule } from "../support/engine_module.ts";

Deno.test("the built module is what a fresh build elsewhere gives", async () => {
  await engineModule();
  const folder = await Deno.makeTempDir();
  try {
    const fresh = new URL(`file://${folder}/engine.wasm`);
    await compileTo(fresh);
    expect(await hashOfFile(fresh)).toBe(await hashOfFile(ENGINE_WASM));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the seals' module is what wasm/siphash compiles to (write it anew: deno run -A scripts/build_siphash.ts)", async () => {
  const file = await Deno.readTextFile(new URL("../../src/core/siphash_wasm.ts", import.meta.url));
  expect(file).toBe(siphashFile(await compileSiphash()));
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
