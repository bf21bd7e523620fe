/**
 * The worker that tries a rule while it is made: the stream's own engine on the trades of a symbol, off the page's thread.
 *
 * @module
 */

import { ControlClient } from "../control/client/client.ts";
import { compileEngine } from "../engine/engine.ts";
import { lookBackFrom } from "../market/look_back.ts";
import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import { lookBackOf } from "../rules/measures.ts";
import { parseRule } from "../rules/parse_rule.ts";
import { loadCandles, loadTrades } from "./preview/load_trades.ts";
import { Preview, type PreviewResult } from "./preview/preview.ts";

/** What the page asks: a rule, as the API takes it, for a symbol. */
export interface PreviewQuestion {
  readonly engine: string;
  readonly symbol: string;
  readonly body: unknown;
}

/** What it is answered; without a result it cannot be known here. */
export interface PreviewAnswer {
  readonly result?: PreviewResult;
}

/** Loaded trades are good for so long, ms: then newer ones are wanted. */
const FRESH_MS = 60_000;

const client = new ControlClient({ url: location.origin });
let module: Promise<WebAssembly.Module> | undefined;
let loaded:
  | {
    readonly symbol: string;
    readonly at: number;
    readonly preview: Promise<Preview>;
    /** How many trading days back minutes are loaded. */
    lookBack: number;
  }
  | undefined;

async function load(engine: string, symbol: string): Promise<Preview> {
  module ??= fetch(engine).then(async (answer) =>
    await compileEngine(new Uint8Array(await answer.arrayBuffer()))
  );
  const trades = await loadTrades(
    async ({ to, limit }) => (await client.trades(symbol, { from: to - 4 * 86_400_000, to, limit })).data,
    Date.now() + FRESH_MS,
  );
  return new Preview(await module, trades);
}

/** The minutes of the trading days before the trades. */
async function loadPast(symbol: string, preview: Preview, lookBack: number): Promise<void> {
  const from = startOfSeoulDay(lookBackFrom(seoulDay(preview.from), lookBack));
  preview.takePast(
    await loadCandles(
      async (query) => (await client.candles(symbol, { interval: "1m", ...query })).data,
      { from, to: startOfSeoulDay(seoulDay(preview.from)) },
    ),
  );
}

/** How many trading days before today the measures of a rule read minutes of. */
function lookBackIn(body: unknown): number {
  return lookBackOf(parseRule(body).conditions) ?? 0;
}

addEventListener("message", async ({ data }: MessageEvent<PreviewQuestion>) => {
  const { engine, symbol, body } = data;
  if (loaded?.symbol !== symbol || Date.now() - loaded.at > FRESH_MS) {
    loaded = { symbol, at: Date.now(), preview: load(engine, symbol), lookBack: 0 };
  }
  let answer: PreviewAnswer = {};
  try {
    const preview = await loaded.preview;
    const lookBack = lookBackIn(body);
    if (lookBack > loaded.lookBack) {
      loaded.lookBack = lookBack;
      await loadPast(symbol, preview, lookBack);
    }
    answer = { result: preview.fires(body) };
  } catch {
    // The page asks the server, which says what is wrong.
    loaded = undefined;
  }
  postMessage(answer);
});
