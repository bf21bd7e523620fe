/**
 * Builds what is out of date: the WASM module and the console's bundle. Prints a line for each that it builds.
 *
 *     deno task build
 *
 * @module
 */
import { buildWasm } from "./build_wasm.ts";
import { buildConsole } from "./build_console.ts";

await buildWasm();
await buildConsole();
