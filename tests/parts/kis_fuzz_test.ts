import { expect } from "expect";
import { seededRandom } from "../../src/core/backoff.ts";
import { decodeFrame } from "../../src/market/kis/frame.ts";
import { Intake } from "../../src/roles/producer/intake.ts";
import { ProducerStats } from "../../src/roles/producer/stats.ts";

const FRAMES = 1_000_000;
const SEED = 20250730;
/** How much memory may grow between the first tenth and the end, bytes: the heap, and what is outside it. */
const GROWTH = 48 * 1024 * 1024;

const LINES = (await Deno.readTextFile(new URL("../fixtures/kis_frames.txt", import.meta.url))).trim().split(
  "\n",
);
const SAMPLES = LINES.slice(0, 3).map((line) => new TextEncoder().encode(line));
const INTERESTING = [..."^|0123456789+-.eENaYABCD\u0000 "].map((letter) => letter.charCodeAt(0)).concat([
  0xff,
  0xc0,
  0xed,
]);

/** A frame with a few bytes changed, put in, taken out, or cut short. */
function mutate(random: () => number): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const sample = SAMPLES[below(SAMPLES.length)] as Uint8Array;
  let bytes = sample.slice();
  const edits = 1 + below(4);
  for (let edit = 0; edit < edits && bytes.length > 0; edit++) {
    const at = below(bytes.length);
    const byte = INTERESTING[below(INTERESTING.length)] as number;
    const kind = below(10);
    if (kind < 5) bytes[at] = byte;
    else if (kind < 7) bytes = replaced(bytes, at, [byte], at);
    else if (kind < 9) bytes = replaced(bytes, at, [], Math.min(bytes.length, at + 1 + below(3)));
    else bytes = bytes.slice(0, at);
  }
  return bytes;
}

/** The bytes with `[from, to)` taken out and others put there. */
function replaced(
  bytes: Uint8Array,
  from: number,
  by: readonly number[],
  to: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - (to - from) + by.length);
  result.set(bytes.subarray(0, from));
  result.set(by, from);
  result.set(bytes.subarray(to), from + by.length);
  return result;
}

function memory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

Deno.test(`${FRAMES} mutated frames: no crash, every record read or refused, memory flat (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  const stats = new ProducerStats();
  const intake = new Intake({ source: "fuzz", maxAheadMs: 120_000 }, stats);
  let read = 0;
  let refused = 0;
  let used = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const bytes = mutate(random);
    const receivedAt = 1_753_836_471_000;
    const decoded = decodeFrame(bytes, receivedAt);
    read += decoded.trades.length + decoded.quotes.length;
    refused += decoded.refused.length;
    for (const one of decoded.refused) {
      if (one.bytes.length > bytes.length + 16) throw new Error("read past the end");
    }
    if (frame % 10 === 0) intake.records({ type: "frame", bytes, receivedAt }, receivedAt);
    if (frame === FRAMES / 10) used = memory();
  }
  expect(read).toBeGreaterThan(FRAMES / 4);
  expect(refused).toBeGreaterThan(FRAMES / 4);
  expect(stats.refusals.size).toBeGreaterThan(4);
  expect(memory() - used).toBeLessThan(GROWTH);
});
