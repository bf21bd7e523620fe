import { expect } from "expect";
import { Counters } from "./counters.ts";
import { planOf } from "./plan.ts";
import { run } from "./run.ts";

/** Few, for every day; CI runs new ones for two minutes: `deno task simulate --seconds 120`. */
const SEEDS = [1, 2, 3];
const STEPS = 41;

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
