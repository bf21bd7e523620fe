import { expect } from "expect";
import fc from "fast-check";
import { Registry } from "prom-client";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Engine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import type { CheckedSlice } from "../../src/roles/self_check/self_check.ts";
import { SelfCheck } from "../../src/roles/self_check/self_check.ts";
import type { Rule } from "../../src/rules/rule.ts";
import {
  appendRules,
  type Life,
  recordsOfLives,
  restartedDay,
  runUntilDone,
} from "../support/stream_restarts.ts";
import { temporaryLog } from "../support/temporary_log.ts";

const RUNS = 6;

/** A day of a stream that is stopped or killed after each of its lives, of which all but the first are checked. */
async function checkedDay(
  { rules, lives }: { readonly rules: readonly Rule[]; readonly lives: readonly Life[] },
): Promise<CheckedSlice[]> {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await appendRules(log, rules);
  const parts = recordsOfLives(lives);
  const live = async (each: number) => {
    await log.append(parts[each]!);
    await runUntilDone(log, lives[each]!.crashes);
    // What was killed comes back.
    if (lives[each]!.crashes) await runUntilDone(log);
  };
  await live(0);
  const slices: CheckedSlice[] = [];
  for (let each = 1; each < parts.length; each++) {
    const selfCheck = new SelfCheck({
      log,
      directory: new SymbolDirectory([]),
      clock: { ...systemClock, sleep: async (ms) => ms > 0 ? await live(each) : undefined },
      random: seededRandom(each),
      registry: new Registry(),
    });
    const slice = await selfCheck.check(0, new AbortController().signal);
    if (slice !== undefined) slices.push(slice);
  }
  return slices;
}

Deno.test("the self-check finds no difference, whatever the rules and wherever the stream is restarted", async () => {
  const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]) |
    0;
  const runs = Number(Deno.env.get("TICKBELL_TEST_RUNS") ?? RUNS);
  console.log(`seed ${seed}, ${runs} runs`);
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(restartedDay, async (day) => {
      for (const { rules, differences } of await checkedDay(day)) {
        judged += rules;
        expect(differences).toEqual([]);
      }
    }),
    { seed, numRuns: runs },
  );
  expect(judged).toBeGreaterThan(0);
});

/** Whether the self-check finds a fault of the engine in some days. */
async function isFound(spoil: (evaluate: Engine["evaluate"]) => Engine["evaluate"]): Promise<boolean> {
  const { evaluate } = Engine.prototype;
  Engine.prototype.evaluate = spoil(evaluate);
  try {
    for (const day of fc.sample(restartedDay, { seed: 1, numRuns: 10 })) {
      if ((await checkedDay(day)).some(({ differences }) => differences.length > 0)) return true;
    }
    return false;
  } finally {
    Engine.prototype.evaluate = evaluate;
  }
}

for (
  const [what, isOf] of [
    ["crossings", ({ on }: Rule) => on === "crossing"],
    ["rules that fire once", ({ repeat }: Rule) => repeat === "once"],
    [
      "measures of the reference",
      ({ conditions }: Rule) => conditions.some(({ measure }) => measure === "from_high"),
    ],
    ["measures of candles", ({ conditions }: Rule) => conditions.some(({ measure }) => measure === "range")],
  ] as const
) {
  Deno.test(`the self-check finds ${what} that the stream does not fire`, async () => {
    const found = await isFound((evaluate) =>
      function (this: Engine, batch) {
        const evaluation = evaluate.call(this, batch);
        return { ...evaluation, matches: evaluation.matches.filter(({ rule }) => !isOf(rule)) };
      }
    );
    expect(found).toBe(true);
  });
}
