import fc from "fast-check";

/**
 * Checks a property with a seed that is printed and can be given back: `TICKBELL_TEST_SEED=… TICKBELL_TEST_RUNS=…`.
 * Random by default, so that every run looks elsewhere.
 */
export function checkProperty<T>(property: fc.IProperty<T>, runs: number): void {
  const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]) |
    0;
  const numRuns = Number(Deno.env.get("TICKBELL_TEST_RUNS") ?? runs);
  console.log(`seed ${seed}, ${numRuns} runs`);
  fc.assert(property, { seed, numRuns });
}
