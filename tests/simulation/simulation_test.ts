import { expect } from "expect";
import { Counters } from "./counters.ts";
import { planOf } from "./plan.ts";
import { run } from "./run.ts";

/** Few, for every day; CI runs new ones for two minutes: `deno task simulate --seconds 120`. */
const SEEDS = [1, 2, 3];
const STEPS = 41;
/** Seeds that broke a promise once, and the steps after which they did. */
const BROKEN_ONCE: Readonly<Record<number, number>> = {
  1975999272: 40,
  3054994573: 40,
  682377002: 80,
  2178549926: 80,
  650864281: 120,
  2139189066: 120,
  1371454187: 120,
  2309102377: 120,
  4131100059: 120,
  4110030900: 120,
  16: 40,
  1498594168: 80,
};

Deno.test("the same seed is the same day, byte for byte, and another one is another", async () => {
  const hash = async (seed: number) => (await run({ seed, plan: planOf(seed, 20) })).hash;
  const first = await hash(1);
  expect(await hash(1)).toBe(first);
  expect(await hash(2)).not.toBe(first);
});

Deno.test("whatever happens, no promise is broken; and what is tried does happen", async () => {
  const counters = new Counters();
  for (const seed of SEEDS) {
    const { failure, counters: own } = await run({ seed, plan: planOf(seed, STEPS) });
    if (failure !== undefined) throw new Error(`seed ${seed}, step ${failure.step}: ${failure.detail}`);
    counters.add(own);
  }
  for (
    const what of ["kills", "rebalances", "members put out", "mails", "alerts", "mails of unknown outcome"]
  ) {
    expect([what, counters.get(what) > 0]).toEqual([what, true]);
  }
});

Deno.test("what broke a promise once does so no more", async () => {
  const failed: string[] = [];
  for (const [seed, steps] of Object.entries(BROKEN_ONCE)) {
    const { failure } = await run({ seed: Number(seed), plan: planOf(Number(seed), steps) });
    if (failure !== undefined) failed.push(`seed ${seed}, step ${failure.step}: ${failure.detail}`);
  }
  expect(failed).toEqual([]);
});
