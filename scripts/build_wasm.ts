/**
 * Builds the WASM module from wasm/assembly with AssemblyScript's compiler, when its inputs have changed.
 *
 * @module
 */

import { assemble, pathOf } from "./assemblyscript.ts";

const ROOT = new URL("../", import.meta.url);
const OUTPUT = "wasm/build/engine.wasm";
/** See wasm/README.md for why each. */
const FLAGS = [
  "wasm/assembly/index.ts",
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--memoryBase",
  "1024",
  "--use",
  "abort=",
];

/** The module as it is built, and the stamp beside it that says from what. */
export const ENGINE_WASM = new URL(OUTPUT, ROOT);
const STAMP = new URL(`${OUTPUT}.stamp`, ROOT);

/** Builds wasm/build/engine.wasm unless it is up to date; prints a line when it builds. */
export async function buildWasm(): Promise<void> {
  const inputs = await hashOfInputs();
  if (await textOf(STAMP) === `${inputs} ${await hashOfFile(ENGINE_WASM)}\n`) return;
  await Deno.mkdir(new URL("./", ENGINE_WASM), { recursive: true });
  const started = performance.now();
  // Built beside its place and moved there: whoever reads the module meanwhile sees an old one or a new one, whole.
  const fresh = new URL(`${OUTPUT}.${crypto.randomUUID()}`, ROOT);
  await compileTo(fresh);
  await Deno.rename(fresh, ENGINE_WASM);
  await Deno.writeTextFile(STAMP, `${inputs} ${await hashOfFile(ENGINE_WASM)}\n`);
  const { size } = await Deno.stat(ENGINE_WASM);
  console.log(`Built ${OUTPUT}: ${size} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Compiles the module to a file, whatever is there. */
export async function compileTo(output: URL): Promise<void> {
  await assemble([...FLAGS, "--outFile", pathOf(output)]);
}

/** SHA-256 of everything the module is made from, this script with its flags and the compiler's versions included. */
async function hashOfInputs(): Promise<string> {
  const names = ["wasm/layout.ts", "wasm/compiler/deno.lock", "scripts/build_wasm.ts"];
  for await (const entry of Deno.readDir(new URL("wasm/assembly/", ROOT))) {
    if (entry.isFile && entry.name.endsWith(".ts")) names.push(`wasm/assembly/${entry.name}`);
  }
  const parts: string[] = [];
  for (const name of names.sort()) parts.push(`${name}\n${await hashOfFile(new URL(name, ROOT))}\n`);
  return await sha256(new TextEncoder().encode(parts.join("")));
}

/** SHA-256 of a file in hex; "" when it is not there. */
export async function hashOfFile(file: URL): Promise<string> {
  try {
    return await sha256(await Deno.readFile(file));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
  }
}

async function textOf(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

if (import.meta.main) await buildWasm();
