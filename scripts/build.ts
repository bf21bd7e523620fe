/**
 * Builds what is out of date: the WASM module, the console's bundle and the program's. Prints a line for each that it builds.
 *
 *     deno task build
 *
 * @module
 */
import { buildWasm } from "./build_wasm.ts";
import { buildConsole } from "./build_console.ts";
import { buildProgram } from "./build_program.ts";

await buildWasm();
await buildConsole();
await buildProgram();
