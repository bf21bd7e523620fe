import { expect } from "expect";
import type { ConnectionEnd } from "./connection.ts";
import { KIS_TIMINGS } from "./environment.ts";
import { afterEnd, type Attempts, NO_ATTEMPTS } from "./session_policy.ts";

const use = { timings: KIS_TIMINGS, random: () => 1 };

/** The steps after ends with these codes, one after the other. */
function steps(codes: readonly ConnectionEnd["code"][], accepted = false) {
  let attempts: Attempts = NO_ATTEMPTS;
  return codes.map((code) => {
    const step = afterEnd(attempts, { end: { code, reason: "" }, accepted, lastedMs: 1 }, use);
    attempts = step.attempts;
    return step;
  });
}

Deno.test("a key in use: an alarm at once, tries for eight minutes, then a rest with an alarm, tried each ten minutes", () => {
  const all = steps(Array(10).fill("in_use"));
  expect(all.map(({ waitMs }) => waitMs / 1000)).toEqual([30, 30, 30, 30, 120, 120, 120, 600, 600, 600]);
  expect(all.map(({ alarm }) => alarm)).toEqual(
    [true, false, false, false, false, false, false, true, false, false],
  );
  expect(all.map(({ rests }) => rests)).toEqual([...Array(7).fill(false), true, true, true]);
});

Deno.test("the schedule begins anew once a registration was accepted", () => {
  const [, , third] = steps(["in_use", "in_use", "in_use"]);
  const taken = afterEnd(third?.attempts ?? NO_ATTEMPTS, {
    end: { code: "closed", reason: "" },
    accepted: true,
    lastedMs: 1,
  }, use);
  const next = afterEnd(taken.attempts, {
    end: { code: "in_use", reason: "" },
    accepted: false,
    lastedMs: 1,
  }, use);
  expect([next.waitMs, next.alarm]).toEqual([30_000, true]);
});

Deno.test("a connection that went silent leaves its key alone at first; one that was closed does not", () => {
  expect(steps(["silent"])[0]?.waitMs).toBe(45_000);
  expect(steps(["closed", "closed", "closed"]).map(({ waitMs }) => waitMs)).toEqual([2_000, 4_000, 8_000]);
});

Deno.test("an approval key is asked for anew once, then the session rests; a wrong key rests at once", () => {
  expect(steps(["renew_approval", "renew_approval"]).map(({ renews, rests }) => [renews, rests])).toEqual(
    [[true, false], [false, true]],
  );
  expect(steps(["stop"])[0]).toMatchObject({ rests: true, alarm: true, waitMs: 600_000 });
});
