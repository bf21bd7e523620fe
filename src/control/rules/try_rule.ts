import { Engine } from "../../engine/engine.ts";
import type { Trade } from "../../market/trade.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import type { Match } from "../../rules/evaluation.ts";
import { Oracle } from "../../rules/evaluate.ts";
import type { Rule } from "../../rules/rule.ts";

/** What a rule would have done. */
export interface Trial {
  readonly matches: readonly Match[];
  /** `wasm`, or `oracle` where the module is not loaded. */
  readonly engine: "wasm" | "oracle";
}

/** Runs one rule over recorded trades, ascending by time, as the stream would have. */
export function tryRule(
  rule: Rule,
  trades: readonly Trade[],
  options: { module: WebAssembly.Module | undefined; windowMs: number; graceWindows: number },
): Trial {
  const { module, windowMs, graceWindows } = options;
  if (module !== undefined) {
    const engine = new Engine(module, { windowMs, graceWindows });
    engine.load([rule]);
    return {
      engine: "wasm",
      matches: trades.flatMap((trade, offset) => engine.evaluateTrade(trade, offset)),
    };
  }
  const oracle = new Oracle({ windowMs, graceWindows });
  oracle.put(rule);
  const utf8 = new TextEncoder();
  const records = trades.map((trade, offset) => ({ offset, value: utf8.encode(encodeTrade(trade)) }));
  return { engine: "oracle", matches: oracle.evaluate(records).matches };
}
