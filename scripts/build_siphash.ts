/**
 * Compiles wasm/siphash into src/core/siphash_wasm.ts, where it may be imported without reading a file.
 *
 *     deno run -A scripts/build_siphash.ts
 *
 * @module
 */

import { assemble } from "./assemblyscript.ts";

const ROOT = new URL("../", import.meta.url);
const FILE = new URL("src/core/siphash_wasm.ts", ROOT);
const LINE = 100;

/** The compiled module. */
export async function compileSiphash(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const output = `${folder}/siphash.wasm`;
    await assemble([
      "wasm/siphash/index.ts",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--use",
      "abort=",
      "--memoryBase",
      "65536",
      "--initialMemory",
      "32",
      "--outFile",
      output,
    ]);
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The file that has a module. */
export function siphashFile(module: Uint8Array): string {
  const text = btoa(String.fromCharCode(...module));
  const lines = text.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `/**
 * wasm/siphash/index.ts, compiled: \`deno run -A scripts/build_siphash.ts\` writes this file, and a test compares it with a
 * fresh build.
 *
 * @module
 */

// deno-fmt-ignore-file
/** The module, base64. */
export const SIPHASH_WASM =
  ${lines.map((line) => `"${line}"`).join(" +\n  ")};
`;
}

if (import.meta.main) await Deno.writeTextFile(FILE, siphashFile(await compileSiphash()));
