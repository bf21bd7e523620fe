/**
 * The engine against what one writes first.
 *
 * `deno task bench engine`: the same trades and rules through (a) JSON.parse and a loop over the symbol's rules with a
 * Set, (b) JSON.parse and the engine, trade by trade, (c) bytes to alerts in WASM; and whether all fired the same.
 *
 * @module
 */

import { Engine } from "../../src/engine/engine.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { Match } from "../../src/rules/evaluation.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { frameRecords } from "../../tests/support/trade_batches.ts";
import { makeWorld, type World } from "./engine_world.ts";
import { NaiveLoop } from "./naive_loop.ts";

const SEED = 20_251_126;
const RULE_COUNTS = [1_000, 100_000, 1_000_000];
const TRADES = 400_000;
/** Records of a batch: about 200 KiB, as a fetch brings them. */
const BATCH = 1_000;
/** The loop gets fewer trades, so that it ends: about this many comparisons. */
const LOOP_COMPARISONS = 50_000_000;
const WINDOW_MS = 3_600_000;

type Row = Record<string, unknown>;

async function engineScenario(): Promise<readonly Row[]> {
  const module = await engineModule();
  new Engine(module).warmUp();
  const rows: Row[] = [];
  for (const rules of RULE_COUNTS) {
    rows.push(compare(module, makeWorld({ seed: SEED, rules, trades: TRADES })));
  }
  return rows;
}

function compare(module: WebAssembly.Module, world: World): Row {
  const values = world.trades.map((trade) => new TextEncoder().encode(encodeTrade(trade)));
  const loopTrades = tradesForLoop(world);
  // Each column once on a part of the trades, so that all of it is compiled, then measured from a fresh state.
  loopColumn(world, values.slice(0, Math.min(2_000, loopTrades)));
  parsedColumn(module, world, values.slice(0, 20_000));
  bytesColumn(module, world, values.slice(0, 20_000));
  const a = loopColumn(world, values.slice(0, loopTrades));
  const b = parsedColumn(module, world, values);
  const c = bytesColumn(module, world, values);
  const equal = sameSet(c.fired, b.fired) && sameSet(c.fired.slice(0, c.firedBy(loopTrades)), a.fired);
  return {
    rules: world.rules.length,
    ns_a: round(a.ns),
    ns_b: round(b.ns),
    ns_c: round(c.ns),
    a_over_c: round(a.ns / c.ns),
    b_over_c: round(b.ns / c.ns),
    equal,
    bytes: round(values.reduce((sum, value) => sum + value.length, 0) / values.length),
    trades: values.length,
    trades_a: loopTrades,
    fired: c.fired.length,
    load_ms: round(c.loadMs),
  };
}

/** How many trades the loop gets through in its share of the time. */
function tradesForLoop(world: World): number {
  const loop = new NaiveLoop(world.rules, WINDOW_MS);
  let comparisons = 0;
  const enough = world.trades.findIndex(({ symbol }) =>
    (comparisons += loop.count(symbol)) > LOOP_COMPARISONS
  );
  return enough < 0 ? world.trades.length : Math.max(1_000, enough);
}

interface Column {
  readonly ns: number;
  readonly fired: readonly string[];
}

function loopColumn(world: World, values: readonly Uint8Array[]): Column {
  const loop = new NaiveLoop(world.rules, WINDOW_MS);
  const fired: string[] = [];
  const decoder = new TextDecoder();
  const started = performance.now();
  for (const value of values) loop.evaluate(JSON.parse(decoder.decode(value)) as Trade, fired);
  return { ns: nsEach(started, values.length), fired };
}

function parsedColumn(module: WebAssembly.Module, world: World, values: readonly Uint8Array[]): Column {
  const engine = new Engine(module);
  engine.load(world.rules);
  const matches: Match[] = [];
  const decoder = new TextDecoder();
  const started = performance.now();
  for (let offset = 0; offset < values.length; offset++) {
    const trade = JSON.parse(decoder.decode(values[offset])) as Trade;
    for (const match of engine.evaluateTrade(trade, offset)) matches.push(match);
  }
  return { ns: nsEach(started, values.length), fired: matches.map(idOf) };
}

interface BytesColumn extends Column {
  readonly loadMs: number;
  /** How many had fired before an offset. */
  firedBy(offset: number): number;
}

function bytesColumn(
  module: WebAssembly.Module,
  world: World,
  values: readonly Uint8Array[],
): BytesColumn {
  const batches = batchesOf(values);
  const engine = new Engine(module);
  const loading = performance.now();
  engine.load(world.rules);
  const loadMs = performance.now() - loading;
  const matches: Match[] = [];
  const started = performance.now();
  for (const bytes of batches) {
    const result = engine.evaluate({ framing: "records", bytes, fromOffset: 0 });
    for (const match of result.matches) matches.push(match);
  }
  const ns = nsEach(started, values.length);
  return {
    ns,
    loadMs,
    fired: matches.map(idOf),
    firedBy: (offset) => matches.filter((m) => m.offset < offset).length,
  };
}

function batchesOf(values: readonly Uint8Array[]): Uint8Array[] {
  const batches = [];
  for (let from = 0; from < values.length; from += BATCH) {
    const records = values.slice(from, from + BATCH).map((value, each) => ({ offset: from + each, value }));
    batches.push(frameRecords(records));
  }
  return batches;
}

function idOf(match: Match): string {
  return `${match.rule.id}@${match.windowStart}`;
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(some);
  return some.length === others.length && set.size === some.length && others.every((each) => set.has(each));
}

function nsEach(started: number, count: number): number {
  return (performance.now() - started) * 1e6 / count;
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}

export const scenarios = { engine: engineScenario };
