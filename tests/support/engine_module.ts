import { buildWasm, ENGINE_WASM } from "../../scripts/build_wasm.ts";
import { compileEngine } from "../../src/engine/engine.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/** The engine's module, built when it is out of date, compiled once a test process. */
export function engineModule(): Promise<WebAssembly.Module> {
  compiled ??= buildWasm().then(() => Deno.readFile(ENGINE_WASM)).then(compileEngine);
  return compiled;
}
