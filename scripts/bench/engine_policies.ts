/**
 * What the rules' policies cost: the same trades against rules of every kind that is not a plain one.
 *
 * @module
 */

import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { Condition } from "../../src/rules/condition.ts";
import { REPEATS } from "../../src/rules/repeat.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import { makeWorld, type World } from "./engine_world.ts";

const SEED = 20_251_126;
const TRADES = 200_000;
const BATCH = 1_000;
const PASSES = 3;

type Row = Record<string, unknown>;

/** A row: its rules, made of plain ones, and the trades where they are not the world's. */
interface Case {
  readonly row: string;
  readonly rules: readonly Rule[];
  readonly trades: readonly Trade[];
  readonly options?: EngineOptions;
}

/** `deno task bench policies`: ns a trade, bytes to alerts, best of three passes. */
export async function policiesScenario(): Promise<readonly Row[]> {
  const module = await engineModule();
  return cases().map((each) => measure(module, each));
}

function cases(): readonly Case[] {
  const world = makeWorld({ seed: SEED, rules: 100_000, trades: TRADES });
  const large = makeWorld({ seed: SEED, rules: 1_000_000, trades: TRADES });
  const plain = world.rules;
  const trades = world.trades;
  return [
    { row: "100,000 plain", rules: plain, trades },
    {
      row: "100,000 plain, as the stream runs (last trades, candles)",
      rules: plain,
      trades,
      options: { keepTrades: true, candles: true },
    },
    { row: "100,000 crossing", rules: plain.map((rule) => ({ ...rule, on: "crossing" })), trades },
    {
      row: "10,000 spent crossings under a flickering price",
      rules: flickering(world),
      trades: flickers(world),
    },
    {
      row: "10,000 rules of another session",
      rules: plain.slice(0, 10_000).map((rule) => ({ ...rule, sessions: ["after"] })),
      trades,
    },
    {
      row: "100,000 of two conditions",
      rules: plain.map((rule) => ({ ...rule, conditions: [...rule.conditions, STRONG] })),
      trades,
    },
    {
      row: "100,000 of two conditions, one of which holds for hours",
      rules: plain.map((rule) => ({ ...rule, conditions: [...rule.conditions, LARGE] })),
      trades,
    },
    {
      row: "a market rule over 2,700 symbols",
      rules: [ruleOf({ id: "any", symbol: null, market: "*", kind: "condition", conditions: [FAR] })],
      trades,
    },
    {
      row: "100,000 in five window lengths",
      rules: plain.map((rule, each) => ({ ...rule, repeat: REPEATS[each % 5]! })),
      trades,
    },
    {
      row: "100,000 plain over three hours, as the stream runs",
      rules: plain,
      trades: spread(trades),
      options: { keepTrades: true, candles: true },
    },
    {
      row: "the same, with move, volume_ratio and rsi on every symbol",
      rules: [...plain, ...minuteRules(world)],
      trades: spread(trades),
      options: { keepTrades: true, candles: true },
    },
    { row: "1,000,000 mixed", rules: mixed(large), trades: large.trades },
  ];
}

/** The same trades over three hours, so that minutes close. */
function spread(trades: readonly Trade[]): Trade[] {
  return trades.map((trade, each) => ({ ...trade, eventTime: (trades[0]?.eventTime ?? 0) + each * 54 }));
}

/** Three rules on each symbol that read its minute candles, and hardly ever fire. */
function minuteRules({ symbols }: World): Rule[] {
  const conditions: readonly Condition[] = [
    { measure: "move", params: ["5m"], comparator: "gte", value: 1_000 },
    { measure: "volume_ratio", params: ["5m"], comparator: "gte", value: 3_000 },
    { measure: "rsi", params: [14, "1m"], comparator: "lte", value: 1_000 },
  ];
  return symbols.flatMap((symbol) =>
    conditions.map((condition) =>
      ruleOf({ id: `${condition.measure}-${symbol}`, symbol, kind: "condition", conditions: [condition] })
    )
  );
}

const STRONG: Condition = { measure: "strength", params: [], comparator: "gte", value: 12_000 };
/** More than any symbol trades. */
const LARGE: Condition = { measure: "day_value", params: [], comparator: "gte", value: 2_000_000_000 };
const FAR: Condition = { measure: "rate", params: [], comparator: "gte", value: 2_000 };

/** Rules that all fire in the first swing of a symbol's price, and never again that day. */
function flickering({ symbols }: World): Rule[] {
  return Array.from(
    { length: 10_000 },
    (_, each) =>
      ruleOf({
        id: `flicker-${each}`,
        symbol: symbols[0]!,
        value: String(10_000 + each),
        on: "crossing",
        repeat: "day",
      }),
  );
}

function flickers({ trades, symbols }: World): Trade[] {
  return trades.map((trade, each) => ({
    ...trade,
    symbol: symbols[0]!,
    price: each % 2 === 0 ? 9_999 : 20_000,
  }));
}

function mixed({ rules }: World): Rule[] {
  return rules.map((rule, each) => {
    if (each % 2 === 0) return rule;
    const on = each % 3 === 0 ? "crossing" : "level";
    const repeat = REPEATS[each % 7]!;
    const sessions = each % 5 === 0 ? ["regular" as const] : null;
    return { ...rule, on, repeat, sessions };
  });
}

function measure(module: WebAssembly.Module, { row, rules, trades, options }: Case): Row {
  const utf8 = new TextEncoder();
  const batches: Uint8Array[] = [];
  for (let from = 0; from < trades.length; from += BATCH) {
    const part = trades.slice(from, from + BATCH);
    batches.push(
      frameRecords(
        part.map((trade, each) => ({ offset: from + each, value: utf8.encode(encodeTrade(trade)) })),
      ),
    );
  }
  const best = { ns: Infinity, load: Infinity };
  let fired = 0;
  for (let pass = 0; pass <= PASSES; pass++) {
    const engine = new Engine(module, options);
    const loading = performance.now();
    engine.load(rules);
    const started = performance.now();
    fired = 0;
    for (const bytes of batches) {
      fired += engine.evaluate({ framing: "records", bytes, fromOffset: 0 }).matches.length;
    }
    if (pass === 0) continue;
    best.load = Math.min(best.load, started - loading);
    best.ns = Math.min(best.ns, (performance.now() - started) * 1e6 / trades.length);
  }
  return { row, rules: rules.length, ns: Math.round(best.ns), load_ms: Math.round(best.load), fired };
}
