/**
 * What runs at the edge in the tests: engine, rules and market in a worker without a single Deno or Node API, bundled
 * for it as they are. Takes the module, rules and batches; answers the alerts.
 *
 * @module
 */

import { encodeTrade } from "../../src/market/encode_trade.ts";
import { compileEngine, Engine } from "../../src/engine/engine.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import type { Rule } from "../../src/rules/rule.ts";
import type { Trade } from "../../src/market/trade.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";

/** What the worker is sent. */
export interface EdgeInput {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly rules: readonly Rule[];
  readonly trades: readonly Trade[];
}

/** What it answers: `ruleId@windowStart:offset`, sorted, of the engine and of the oracle. */
export interface EdgeOutput {
  readonly engine: readonly string[];
  readonly oracle: readonly string[];
}

async function evaluate({ wasm, rules, trades }: EdgeInput): Promise<EdgeOutput> {
  const records = trades.map((trade, offset) => ({
    offset,
    value: new TextEncoder().encode(encodeTrade(trade)),
  }));
  const engine = new Engine(await compileEngine(wasm));
  const oracle = new Oracle();
  engine.load(rules);
  oracle.load(rules);
  const bytes = frameRecords(records);
  const ids = (matches: ReturnType<Oracle["evaluate"]>["matches"]) =>
    matches.map(({ rule, windowStart, offset }) => `${rule.id}@${windowStart}:${offset}`).sort();
  return {
    engine: ids(engine.evaluate({ framing: "records", bytes, fromOffset: 0 }).matches),
    oracle: ids(oracle.evaluate(records).matches),
  };
}

interface WorkerScope {
  onmessage: ((event: { data: EdgeInput }) => void) | null;
  postMessage(output: EdgeOutput): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => void evaluate(data).then((output) => scope.postMessage(output));
