/**
 * KIS text to alerts: the module's frame parser beside one that splits the text.
 *
 * Both begin with the same bytes, make the same trades and hand them to the same engine, so that the two columns differ
 * in the parser alone. The one that splits reads no field that a trade or an alert does not need, and checks nothing;
 * the module checks every field that it reads.
 *
 * @module
 */

import { Engine } from "../../src/engine/engine.ts";
import { joinFrame } from "../../src/market/kis/frame.ts";
import { writeTrade } from "../../src/market/kis/trade_record.ts";
import type { Sign, Trade } from "../../src/market/trade.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { makeWorld } from "./engine_world.ts";

const SEED = 20_251_126;
const TRADES = 200_000;
const RULES = 1_000;
const PASSES = 5;
/** Frames of a batch. */
const FRAMES = 600;
/** Records of the frames, in turns: mostly one, in a burst more. */
const RECORDS = [1, 1, 2];

type Row = Record<string, unknown>;

/** `deno task bench kis`: ns per trade of both, and whether they fired the same. */
export async function kisScenario(): Promise<readonly Row[]> {
  const module = await engineModule();
  const world = makeWorld({ seed: SEED, rules: RULES, trades: TRADES });
  const lines = framesOf(world.trades);
  const batches = batchesOf(lines);
  const best = { split: Infinity, wasm: Infinity };
  const fired = { split: [] as string[], wasm: [] as string[] };
  for (let pass = 0; pass <= PASSES; pass++) {
    const split = new Engine(module);
    split.load(world.rules);
    fired.split = [];
    best.split = Math.min(best.split, measure(() => evaluateSplit(split, batches, fired.split)));
    const wasm = new Engine(module);
    wasm.load(world.rules);
    fired.wasm = [];
    best.wasm = Math.min(best.wasm, measure(() => evaluateInModule(wasm, batches, fired.wasm)));
  }
  return [{
    rules: RULES,
    ns_split: round(best.split),
    ns_wasm: round(best.wasm),
    split_over_wasm: round(best.split / best.wasm),
    equal: fired.split.sort().join() === fired.wasm.sort().join(),
    trades: TRADES,
    records_per_frame: round(TRADES / lines.length),
    bytes_per_trade: round(batches.reduce((sum, batch) => sum + batch.length, 0) / TRADES),
    fired: fired.wasm.length,
  }];
}

function evaluateInModule(engine: Engine, batches: readonly Uint8Array[], fired: string[]): void {
  let offset = 0;
  for (const bytes of batches) {
    const { matches, nextOffset } = engine.evaluate({ framing: "kis", bytes, fromOffset: offset });
    offset = nextOffset;
    for (const match of matches) fired.push(`${match.rule.id}@${match.windowStart}`);
  }
}

/** What one writes first: text, split at bars and carets, a trade of the fields that every trade has. */
function evaluateSplit(engine: Engine, batches: readonly Uint8Array[], fired: string[]): void {
  const decoder = new TextDecoder();
  let offset = 0;
  for (const bytes of batches) {
    for (const line of decoder.decode(bytes).split("\n")) {
      if (line === "") continue;
      const [, , count, payload] = line.split("|");
      const fields = (payload as string).split("^");
      const width = fields.length / Number(count);
      for (let start = 0; start < fields.length; start += width) {
        for (const match of engine.evaluateTrade(tradeOf(fields, start), offset++)) {
          fired.push(`${match.rule.id}@${match.windowStart}`);
        }
      }
    }
  }
}

function tradeOf(fields: readonly string[], start: number): Trade {
  const text = (field: number) => fields[start + field] as string;
  const number = (field: number) => Number(fields[start + field]);
  const date = text(33);
  const hour = text(1);
  const session = text(43);
  return {
    symbol: text(0),
    eventTime: Date.UTC(
      Number(date.slice(0, 4)),
      Number(date.slice(4, 6)) - 1,
      Number(date.slice(6, 8)),
      Number(hour.slice(0, 2)) - 9,
      Number(hour.slice(2, 4)),
      Number(hour.slice(4, 6)),
    ),
    price: number(2),
    sign: text(3) as Sign,
    change: number(4),
    rate: number(5),
    open: number(7),
    high: number(8),
    low: number(9),
    volume: number(12),
    accVolume: number(13),
    accValue: number(14),
    ask: number(10),
    bid: number(11),
    halted: text(35) as "Y" | "N",
    ...(session === "0" ? {} : { session }),
  };
}

/** Frames as KIS sends them; the fields that the world's trades do not have are filled as on an ordinary day. */
function framesOf(trades: readonly Trade[]): string[] {
  const frames: string[] = [];
  for (let from = 0; from < trades.length;) {
    const count = RECORDS[frames.length % RECORDS.length] as number;
    const records = trades.slice(from, from + count).map((trade) =>
      writeTrade({ ...trade, ...ORDINARY, weightedAverage: trade.price + 0.25, viBase: trade.open })
    );
    frames.push(joinFrame("H0STCNT0", records));
    from += count;
  }
  return frames;
}

const ORDINARY: Partial<Trade> = {
  side: "5",
  strength: 136.06,
  turnover: 0.14,
  sellCount: 21_115,
  buyCount: 28_170,
  sellVolume: 3_060_313,
  buyVolume: 4_163_762,
  buyRate: 0.51,
  volumeRate: 29.46,
  openHour: "090014",
  highHour: "090708",
  lowHour: "090030",
  phase: "20",
  askSize: 93_994,
  bidSize: 113_056,
  totalAskSize: 1_668_973,
  totalBidSize: 822_214,
  previousVolume: 10_584_139,
  previousVolumeRate: 78.47,
};

function batchesOf(lines: readonly string[]): Uint8Array[] {
  const batches = [];
  for (let from = 0; from < lines.length; from += FRAMES) {
    batches.push(new TextEncoder().encode(`${lines.slice(from, from + FRAMES).join("\n")}\n`));
  }
  return batches;
}

function measure(run: () => void): number {
  const started = performance.now();
  run();
  return (performance.now() - started) * 1e6 / TRADES;
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
