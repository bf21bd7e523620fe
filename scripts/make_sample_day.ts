/**
 * Writes the recorded market of the README's tour: five minutes of the simulated one, as `tickbell record` would.
 *
 *     deno run --allow-write=examples scripts/make_sample_day.ts [FILE]
 *
 * The same bytes every time: what is traded comes from a seed, and nothing of it from a real market.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { SimulatedMarket } from "../src/adapters/simulator/market.ts";
import { LISTING } from "../src/market/listing.ts";

/** When the sample begins: a Monday morning in Seoul. */
const SAMPLE_BEGIN = Date.parse("2026-11-23T09:30:00+09:00");
const MINUTES = 5;
const TRADES_A_SECOND = 10;
const STEP_MS = 200;
const SYMBOLS = 30;

/** The lines of a recording: times of arrival and frames. */
export function sampleLines(options: { readonly minutes: number; readonly seed: number }): string[] {
  const market = new SimulatedMarket({
    listing: LISTING.slice(0, SYMBOLS),
    seed: options.seed,
    now: SAMPLE_BEGIN,
  });
  const lines = ["# tickbell record 1: epoch ms of arrival, a blank, the frame"];
  const trades = TRADES_A_SECOND * STEP_MS / 1000;
  for (let now = SAMPLE_BEGIN; now < SAMPLE_BEGIN + options.minutes * 60_000; now += STEP_MS) {
    const frames: string[] = [];
    market.frames(trades, now, frames);
    lines.push(...frames.map((frame) => `${now} ${frame}`));
  }
  return lines;
}

if (import.meta.main) {
  const [file = "examples/market.kis.gz"] = Deno.args;
  const packed = gzipSync(`${sampleLines({ minutes: MINUTES, seed: 7 }).join("\n")}\n`, { level: 9 });
  await Deno.writeFile(file, packed);
  console.log(`${file}: ${packed.length} bytes`);
}
