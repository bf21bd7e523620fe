/**
 * Days that never happened: one seed drives the clock, the market, kills, lost answers, redeliveries, rebalances and
 * changes of rules, and after each stretch of trading every promise is checked. `TICKBELL_TEST_SEEDS=200` runs many,
 * `TICKBELL_TEST_ZOMBIES=all` has every killed process leave a zombie behind.
 *
 * @module
 */

import { runSeed } from "./run_seed.ts";

const EVERYDAY = 3;
const seeds = Number(Deno.env.get("TICKBELL_TEST_SEEDS") ?? EVERYDAY);
const first = Number(Deno.env.get("TICKBELL_TEST_FIRST_SEED") ?? 1);

for (let seed = first; seed < first + seeds; seed++) {
  Deno.test(`whatever happens, no promise is broken: seed ${seed}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-simulation-" });
    try {
      const run = await runSeed(seed, folder);
      if (Deno.env.has("TICKBELL_TEST_SEEDS")) console.log(`seed ${seed}: ${JSON.stringify(run)}`);
    } catch (thrown) {
      console.error(`again with: TICKBELL_TEST_FIRST_SEED=${seed} TICKBELL_TEST_SEEDS=1`);
      throw thrown;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
