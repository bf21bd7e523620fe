import { expect } from "expect";
import fc from "fast-check";
import { expectSameAlerts, restartedDay } from "../support/stream_restarts.ts";
import { temporaryLog } from "../support/temporary_log.ts";

const RUNS = 20;

Deno.test("a stream that is stopped and killed anywhere writes the alerts of one that never was", async () => {
  const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]) |
    0;
  const runs = Number(Deno.env.get("TICKBELL_TEST_RUNS") ?? RUNS);
  console.log(`seed ${seed}, ${runs} runs`);
  let alerts = 0;
  await fc.assert(
    fc.asyncProperty(restartedDay, async (day) => {
      await using restarted = await temporaryLog(1);
      await using whole = await temporaryLog(1);
      alerts += await expectSameAlerts(day, { restarted: restarted.log, whole: whole.log });
    }),
    { seed, numRuns: runs },
  );
  expect(alerts).toBeGreaterThan(0);
});
