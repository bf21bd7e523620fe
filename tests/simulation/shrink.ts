import type { Plan } from "./plan.ts";
import { type Failure, run } from "./run.ts";

/** The few steps of a plan that break the same promise. */
export interface Shrunk {
  /** Their places in the plan. */
  readonly kept: readonly number[];
  readonly failure: Failure;
  readonly runs: number;
}

/**
 * Leaves steps out of a plan as long as the same promise is broken without them: halves first, then ever smaller pieces, at
 * last each by itself (Zeller's ddmin). The last step, in which everything comes to rest, stays.
 *
 * @param given.until `performance.now()` at which it gives what it has.
 */
export async function shrink(
  given: { seed: number; plan: Plan; failure: Failure; until: number; now: () => number },
): Promise<Shrunk> {
  const { seed, plan, until, now } = given;
  const { promise } = given.failure;
  const last = plan.steps.length - 1;
  let kept = plan.steps.slice(0, given.failure.step + 1).map((_, index) => index);
  let { failure } = given;
  let runs = 0;
  for (let pieces = 2; kept.length > 1 && now() < until;) {
    const size = Math.ceil(kept.length / pieces);
    let isSmaller = false;
    for (let from = 0; from < kept.length && now() < until; from += size) {
      const without = kept.filter((_, at) => at < from || at >= from + size);
      runs++;
      const again = await run({ seed, plan: only(plan, [...without, last]) });
      if (again.failure?.promise !== promise) continue;
      kept = without.slice(0, again.failure.step + 1);
      failure = again.failure;
      isSmaller = true;
      break;
    }
    if (isSmaller) pieces = Math.max(2, pieces - 1);
    else if (size === 1) break;
    else pieces = Math.min(kept.length, pieces * 2);
  }
  return { kept: kept.at(-1) === last ? kept : [...kept, last], failure, runs };
}

/** The plan with some of its steps. */
export function only(plan: Plan, places: readonly number[]): Plan {
  return { ...plan, steps: places.map((place) => plan.steps[place]!) };
}
