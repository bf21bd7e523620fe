import { buildWasm, ENGINE_WASM } from "../../scripts/build_wasm.ts";
import { makeWorld } from "../../scripts/bench/engine_world.ts";
import type { EdgeInput } from "./edge_worker.ts";

/** A seeded market of 2,000 trades under 3,000 rules, with the module, for a worker. */
export async function edgeInput(): Promise<EdgeInput> {
  await buildWasm();
  const { rules, trades } = makeWorld({ seed: 42, rules: 3_000, trades: 2_000 });
  return { wasm: await Deno.readFile(ENGINE_WASM), rules, trades };
}
