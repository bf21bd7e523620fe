/**
 * Days that never happened: one seed drives the clock, the market, kills, lost answers, redeliveries, rebalances and
 * changes of rules, and after each stretch of trading every promise is checked. Every run takes seeds of its own, as many
 * as its time allows (`TICKBELL_TEST_SIMULATION_SECONDS`, 4 by default), and prints the first; what failed is run again with
 * `TICKBELL_TEST_FIRST_SEED=N TICKBELL_TEST_SEEDS=1`. `TICKBELL_TEST_ZOMBIES=all` has every killed process leave a zombie.
 *
 * @module
 */

import { runSeed } from "./run_seed.ts";

/** Seeds that broke a promise once, and the smallest ones. */
const KEPT = [1, 2, 29];

const seconds = Number(Deno.env.get("TICKBELL_TEST_SIMULATION_SECONDS") ?? 4);
const first = Number(
  Deno.env.get("TICKBELL_TEST_FIRST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
const most = Number(Deno.env.get("TICKBELL_TEST_SEEDS") ?? Infinity);

for (const seed of KEPT) {
  Deno.test(`whatever happens, no promise is broken: seed ${seed}`, () => simulate(seed));
}

Deno.test(`whatever happens, no promise is broken: as many seeds as ${seconds} s allow, from ${first} on`, async () => {
  const end = performance.now() + seconds * 1_000;
  let seed = first;
  while (seed - first < most && (seed === first || Number.isFinite(most) || performance.now() < end)) {
    await simulate(seed++);
  }
  console.log(`simulated ${seed - first} seeds from ${first} on`);
});

async function simulate(seed: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-simulation-" });
  try {
    const run = await runSeed(seed, folder);
    if (Number.isFinite(most)) console.log(`seed ${seed}: ${JSON.stringify(run)}`);
  } catch (thrown) {
    console.error(`again with: TICKBELL_TEST_FIRST_SEED=${seed} TICKBELL_TEST_SEEDS=1`);
    throw thrown;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
