import { engineModule } from "../support/engine_module.ts";
import { BrokenPromise } from "./broken_promise.ts";
import type { Counters } from "./counters.ts";
import { Day } from "./day.ts";
import { takeGlobals } from "./globals.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import type { Plan } from "./plan.ts";
import { World } from "./world.ts";

/** What came of a run. */
export interface Run {
  /** Of everything that happened, in its order. */
  readonly hash: string;
  readonly counters: Counters;
  /** How many things happened. */
  readonly events: number;
  /** How long it took in the world, ms. */
  readonly lastedMs: number;
  readonly failure?: Failure;
}

/** What did not hold, and at which step. */
export interface Failure {
  /** The promise, the same word however it was broken. */
  readonly promise: string;
  readonly detail: string;
  readonly step: number;
  readonly thrown: unknown;
}

/** Runs a plan to its end, or to the first promise that does not hold. Two runs of one plan and seed are the same. */
export async function run(
  given: { seed: number; plan: Plan; onLine?: (line: string) => void },
): Promise<Run> {
  const module = await engineModule();
  const world = new World({ seed: given.seed, module, setup: given.plan.setup });
  if (given.onLine !== undefined) world.scheduler.onLine = given.onLine;
  const giveBack = takeGlobals(world.scheduler, seededRandom(given.seed + 7));
  const begun = world.scheduler.now;
  const day = new Day(world);
  let failure: Failure | undefined;
  try {
    await day.run(given.plan);
  } catch (thrown) {
    failure = failureOf(thrown, day.at);
  } finally {
    giveBack();
    await world.close();
  }
  const { counters, scheduler } = world;
  counters.count("alerts", world.model.all("alerts").length);
  for (const group of world.model.groups) {
    counters.count("rebalances", group.rebalances);
    counters.count("members put out", group.expired);
    counters.count("commits refused", group.fenced);
  }
  return {
    hash: scheduler.hash,
    counters,
    events: scheduler.events,
    lastedMs: scheduler.now - begun,
    ...(failure === undefined ? {} : { failure }),
  };
}

function failureOf(thrown: unknown, step: number): Failure {
  if (thrown instanceof BrokenPromise) {
    return { promise: thrown.promise, detail: thrown.message, step, thrown };
  }
  const { message, cause } = thrown as Error;
  return { promise: "no role gives up", detail: `${message} ${cause ?? ""}`, step, thrown };
}
