import { Engine } from "../../engine/engine.ts";
import { batchOf } from "../../engine/trade_records.ts";
import type { Trade } from "../../market/trade.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import type { Match } from "../../rules/evaluation.ts";
import { Oracle } from "../../rules/evaluate.ts";
import type { Rule } from "../../rules/rule.ts";

/** One rule, tried on recorded trades as the stream would have evaluated them. */
export interface Trial {
  /** `wasm`, or `oracle` where the module is not loaded. */
  readonly engine: "wasm" | "oracle";
  /** Evaluates the next trades, ascending by time, and answers when the rule fires. */
  take(trades: readonly Trade[]): readonly Match[];
}

/** Begins a trial of a rule. */
export function tryRule(
  rule: Rule,
  options: { module: WebAssembly.Module | undefined; windowMs: number; graceMs: number },
): Trial {
  const { module, windowMs, graceMs } = options;
  let offset = 0;
  if (module !== undefined) {
    const engine = new Engine(module, { windowMs, graceMs });
    engine.load([rule]);
    return {
      engine: "wasm",
      take: (trades) => {
        const { matches, nextOffset } = engine.evaluate(batchOf(trades, offset));
        offset = nextOffset;
        return matches;
      },
    };
  }
  const oracle = new Oracle({ windowMs, graceMs });
  oracle.put(rule);
  const utf8 = new TextEncoder();
  const recordOf = (trade: Trade) => ({ offset: offset++, value: utf8.encode(encodeTrade(trade)) });
  return { engine: "oracle", take: (trades) => oracle.evaluate(trades.map(recordOf)).matches };
}
