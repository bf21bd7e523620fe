/**
 * Tickbell's rules, engine and market as a library, for whoever evaluates where no event log is: in a worker at an edge, in a
 * browser, in a program of one's own. Nothing here uses an API of a host: no Deno, no Node, no network, no clock, no disk.
 * docs/edge.md says which shape fits.
 *
 * @example
 * ```ts
 * import { assert } from "./core/errors.ts";
 * import { batchOfTrades, compileEngine, decodeTrade, Engine, makeRule, parseRule } from "./mod.ts";
 *
 * const engine = new Engine(await compileEngine(await Deno.readFile("wasm/build/engine.wasm")));
 * const draft = parseRule({ symbol: "005930", when: "price >= 71000", recipients: ["kim@example.com"] });
 * engine.put(makeRule(draft, { id: "samsung-71000", now: 1795395600000 }));
 * const trade = decodeTrade(new TextEncoder().encode(
 *   '{"symbol":"005930","eventTime":1795395661000,"price":71900,"sign":"2","change":500,"rate":0.7,"open":71500,' +
 *     '"high":72000,"low":71300,"volume":10,"accVolume":1000,"accValue":71800000,"ask":72000,"bid":71900,"halted":"N"}',
 * ));
 * const { matches } = engine.evaluate(batchOfTrades([trade], 0));
 * assert(matches.length === 1 && matches[0]?.rule.id === "samsung-71000", "it fires");
 * ```
 *
 * @module
 */
export { InputError, type InputIssue } from "./core/errors.ts";

export { compileEngine, Engine, type EngineOptions, type TradeBatch } from "./engine/engine.ts";
export { type FramedRecord, frameRecords } from "./engine/frame_records.ts";
export { batchOfTrades } from "./engine/trade_batch.ts";

export { Oracle, type OracleOptions } from "./rules/evaluate.ts";
export type { Evaluation, FiredMark, Match, Rejected, WindowOptions } from "./rules/evaluation.ts";
export { makeRule } from "./rules/make_rule.ts";
export { MEASURE_NAMES, type MeasureName, MEASURES } from "./rules/measures.ts";
export { parseRule, type ParseRuleOptions, type RuleDraft } from "./rules/parse_rule.ts";
export { type Rule, RULE_KINDS, type RuleKind, type Trigger } from "./rules/rule.ts";
export { formatWhen, parseWhen } from "./rules/when.ts";

export { MarketCalendar } from "./market/calendar.ts";
export { decodeTrade } from "./market/decode_trade.ts";
export { type ListedSymbol, SymbolDirectory } from "./market/directory.ts";
export { encodeTrade } from "./market/encode_trade.ts";
export { type DecodedFrame, decodeFrame } from "./market/kis/frame.ts";
export type { Symbol } from "./market/symbol.ts";
export type { Trade } from "./market/trade.ts";

export type { Alert } from "./alerts/alert.ts";
export { makeAlert } from "./alerts/make_alert.ts";
export { alertMessage, type Message } from "./alerts/message.ts";
