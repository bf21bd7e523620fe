/**
 * The engine against what one writes first.
 *
 * `deno task bench engine`: the same trades and rules through (a) JSON.parse and a loop over the symbol's rules with a
 * Set, (b) JSON.parse and the engine, trade by trade, (c) bytes to alerts in WASM; and whether all fired the same.
 *
 * @module
 */

import { Engine } from "../../src/engine/engine.ts";
import { batchOfTrades } from "../../src/engine/trade_batch.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { Match } from "../../src/rules/evaluation.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import { policiesScenario } from "./engine_policies.ts";
import { makeWorld, type World } from "./engine_world.ts";
import { NaiveLoop } from "./naive_loop.ts";

const SEED = 20_251_126;
const RULE_COUNTS = [1_000, 100_000, 1_000_000];
const TRADES = 200_000;
/** Records of a batch: about 200 KiB, as a fetch brings them. */
const BATCH = 1_000;
/** The loop gets fewer trades, so that it ends: about this many comparisons. */
const LOOP_COMPARISONS = 20_000_000;
/** Each column is measured this often, in turns; its best counts, for the machine is never quiet. */
const PASSES = 3;
const WINDOW_MS = 3_600_000;

type Row = Record<string, unknown>;

async function engineScenario(): Promise<readonly Row[]> {
  const module = await engineModule();
  return RULE_COUNTS.map((rules) => compare(new Contest(module, rules)));
}

function compare(contest: Contest): Row {
  const best = { a: Infinity, b: Infinity, c: Infinity };
  // One pass more than is counted: the first compiles everything.
  for (let pass = 0; pass <= PASSES; pass++) {
    const ns = { a: contest.loop(), b: contest.parsed(), c: contest.bytes() };
    if (pass === 0) continue;
    for (const column of ["a", "b", "c"] as const) best[column] = Math.min(best[column], ns[column]);
  }
  return {
    rules: contest.world.rules.length,
    ns_a: round(best.a),
    ns_b: round(best.b),
    ns_c: round(best.c),
    a_over_c: round(best.a / best.c),
    b_over_c: round(best.b / best.c),
    equal: contest.firesEqually(),
    ...contest.facts(),
  };
}

type Fire = (match: Match) => void;
const IGNORE: Fire = () => {};

/**
 * The three columns over one world. Each pass begins with nothing fired.
 *
 * @returns ns per trade, loading left out.
 */
class Contest {
  readonly world: World;
  readonly #module: WebAssembly.Module;
  readonly #values: readonly Uint8Array[];
  readonly #batches: readonly Uint8Array[];
  readonly #loopTrades: number;
  #fired = 0;
  #loadMs = Infinity;

  constructor(module: WebAssembly.Module, rules: number) {
    this.world = makeWorld({ seed: SEED, rules, trades: TRADES });
    this.#module = module;
    this.#values = this.world.trades.map((trade) => new TextEncoder().encode(encodeTrade(trade)));
    this.#batches = batchesOf(this.#values);
    this.#loopTrades = this.#tradesForLoop();
  }

  /** (a) */
  loop(fire: (id: string) => void = () => {}): number {
    const loop = new NaiveLoop(this.world.rules, WINDOW_MS);
    const decoder = new TextDecoder();
    const started = performance.now();
    for (let each = 0; each < this.#loopTrades; each++) {
      loop.evaluate(JSON.parse(decoder.decode(this.#values[each])) as Trade, fire);
    }
    return nsEach(started, this.#loopTrades);
  }

  /** (b) */
  parsed(fire: Fire = IGNORE): number {
    const engine = this.#engine();
    const decoder = new TextDecoder();
    const started = performance.now();
    for (let offset = 0; offset < this.#values.length; offset++) {
      const trade = JSON.parse(decoder.decode(this.#values[offset])) as Trade;
      for (const match of engine.evaluate(batchOfTrades([trade], offset)).matches) fire(match);
    }
    return nsEach(started, this.#values.length);
  }

  /** (c) */
  bytes(fire: Fire = IGNORE): number {
    const engine = this.#engine();
    const started = performance.now();
    for (const bytes of this.#batches) {
      for (const match of engine.evaluate({ framing: "records", bytes, fromOffset: 0 }).matches) fire(match);
    }
    return nsEach(started, this.#values.length);
  }

  /** Whether all columns fired the same, the loop on the trades that it was given. */
  firesEqually(): boolean {
    const loop: string[] = [];
    const parsed: string[] = [];
    const bytes: string[] = [];
    const bytesEarly: string[] = [];
    this.loop((id) => loop.push(id));
    this.parsed((match) => parsed.push(idOf(match)));
    this.bytes((match) => {
      bytes.push(idOf(match));
      if (match.offset < this.#loopTrades) bytesEarly.push(idOf(match));
    });
    this.#fired = bytes.length;
    return sameSet(bytes, parsed) && sameSet(bytesEarly, loop);
  }

  /** What is printed beside the figures. */
  facts(): Row {
    const loop = new NaiveLoop(this.world.rules, WINDOW_MS);
    const compared = this.world.trades.reduce((sum, { symbol }) => sum + loop.count(symbol), 0);
    const bytes = this.#values.reduce((sum, value) => sum + value.length, 0);
    return {
      trades: this.#values.length,
      trades_a: this.#loopTrades,
      bytes_per_trade: round(bytes / this.#values.length),
      rules_per_trade: round(compared / this.#values.length),
      fired: this.#fired,
      load_ms: round(this.#loadMs),
    };
  }

  #engine(): Engine {
    const engine = new Engine(this.#module);
    const started = performance.now();
    engine.load(this.world.rules);
    this.#loadMs = Math.min(this.#loadMs, performance.now() - started);
    return engine;
  }

  /** How many trades the loop gets through in its share of the time. */
  #tradesForLoop(): number {
    const loop = new NaiveLoop(this.world.rules, WINDOW_MS);
    let comparisons = 0;
    const enough = this.world.trades.findIndex(({ symbol }) =>
      (comparisons += loop.count(symbol)) > LOOP_COMPARISONS
    );
    return enough < 0 ? this.world.trades.length : Math.max(1_000, enough);
  }
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

export const scenarios = { engine: engineScenario, policies: policiesScenario };
