import { expect } from "expect";
import fc from "fast-check";
import { checkProperty } from "../../tests/support/property.ts";
import { type DeliveryEvent, dueAt, next } from "./delivery_machine.ts";
import { DELIVERY_POLICY, type DeliveryPolicy, retryWaitMs } from "./delivery_policy.ts";
import { alertFixture } from "./fixture.ts";
import { type Delivery, isFinal, newDelivery, newDigest } from "./ledger.ts";

const fault = fc.constant({ code: "ses_refused", reason: "no" });
const times = { at: fc.integer({ min: 0, max: 10 * DELIVERY_POLICY.maxAgeMs }) };
const event: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  fc.record({
    type: fc.constant("admitted" as const),
    ...times,
    place: fc.boolean(),
    hush: fault,
    fault,
    digest: fc.record({ until: times.at, why: fc.constantFrom("storm" as const, "quiet" as const) }),
  }, { requiredKeys: ["type", "at", "place"] }),
  fc.record({
    type: fc.constantFrom("hushed" as const, "refused" as const, "timed out" as const),
    ...times,
    fault,
  }),
  { weight: 5, arbitrary: fc.record({ type: fc.constant("called" as const), ...times }) },
  fc.record({
    type: fc.constant("accepted" as const),
    ...times,
    providerId: fc.constant("1"),
    transport: fc.constant("ses"),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("failed" as const),
      ...times,
      fault,
      random: fc.double({ min: 0, max: 0.99, noNaN: true }),
      retryAfterMs: fc.nat(3_600_000),
    }, { requiredKeys: ["type", "at", "fault", "random"] }),
  },
  fc.record({ type: fc.constant("resumed" as const), ...times, listed: fc.boolean() }),
  fc.record({
    type: fc.constant("gathered" as const),
    ...times,
    digestId: fc.constant("digest:a@1:2"),
    digestSymbol: fc.constant("005930"),
  }),
  fc.record({ type: fc.constantFrom("listed" as const, "released" as const), ...times }),
  fc.record({
    type: fc.constant("regathered" as const),
    ...times,
    alertIds: fc.constantFrom(new Set<string>(), new Set([alertFixture().id])),
  }),
  { weight: 1, arbitrary: fc.constant({ type: "taken over" as const }) },
);
const policy: fc.Arbitrary<DeliveryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 5 }),
  unknown: fc.constantFrom("resend" as const, "hold" as const),
}).map((over) => ({ ...DELIVERY_POLICY, ...over }));

const fresh = (at = 0) => newDelivery(alertFixture(), "kim@example.com", { at, origin: "alerts/0/0" });
const starts = fc.constantFrom<Delivery>(fresh(), newDigest([fresh()], { at: 1, why: "storm" }));

Deno.test("whatever happens in whatever order: an intent before each call, no call after a loss, an end or a next time", () => {
  checkProperty(
    fc.property(starts, fc.array(event, { maxLength: 40 }), policy, (start, events, rules) => {
      let delivery: Delivery | undefined = start;
      let lost = false;
      let calls = 0;
      let unanswered = 0;
      for (const one of events) {
        lost ||= one.type === "taken over";
        const step = next(delivery, one, rules);
        if (step.then.do === "call") {
          calls++;
          expect(lost).toBe(false);
          expect(step.write).toBe(true);
          expect(step.delivery).toMatchObject({ state: "calling", attempts: calls });
          expect(step.delivery?.alerts).not.toBe(undefined);
        }
        if (one.type === "timed out" && delivery?.state === "calling") unanswered++;
        if (step.delivery !== delivery) expect(step.write || step.delivery === undefined).toBe(true);
        delivery = step.delivery;
        if (delivery === undefined) {
          expect([lost, step.write, step.then.do]).toEqual([true, false, "end"]);
          continue;
        }
        expect(isFinal(delivery.state)).toBe(dueAt(delivery, rules) === undefined);
        expect(step.then.do === "end").toBe(isFinal(delivery.state));
        if (step.then.do === "wait") expect(Number.isFinite(step.then.until)).toBe(true);
        expect(delivery.state === "dead" && step.write).toBe(step.letters !== undefined);
        if (!isFinal(delivery.state)) expect(delivery.alerts?.length).toBeGreaterThan(0);
      }
      expect(unanswered).toBeLessThanOrEqual(rules.unknown === "hold" ? 1 : 2);
    }),
    3_000,
  );
});

Deno.test("a delivery that fails every time is tried for twenty minutes at least, and then given up", () => {
  let delivery: Delivery | undefined = fresh();
  let at = 0;
  let calls = 0;
  for (; delivery !== undefined && !isFinal(delivery.state); calls++) {
    delivery = next(delivery, { type: "called", at }, DELIVERY_POLICY).delivery;
    const fault = { code: "ses_unavailable", reason: "away" };
    delivery = next(delivery, { type: "failed", at, fault, random: 0 }, DELIVERY_POLICY).delivery;
    at = delivery?.retryAt ?? at;
  }
  expect([calls, delivery?.state, delivery?.code]).toEqual([15, "dead", "gave_up"]);
  expect(at).toBeGreaterThanOrEqual(20 * 60_000);
  expect(retryWaitMs(0, DELIVERY_POLICY.retry, 0.999)).toBeLessThanOrEqual(1_500);
});

Deno.test("what is too old is listed in a note instead of being sent, and ends as expired", () => {
  const late = DELIVERY_POLICY.maxAgeMs + 1;
  const waiting = next(fresh(), { type: "called", at: late }, DELIVERY_POLICY);
  expect(waiting).toMatchObject({
    delivery: { state: "waiting", why: "expired" },
    then: { do: "wait", until: late + DELIVERY_POLICY.expiredWaitMs },
  });
  const gathering = { type: "gathered", at: late, digestId: "digest:a@1:2", digestSymbol: "005930" } as const;
  const gathered = next(waiting.delivery, gathering, DELIVERY_POLICY).delivery;
  expect(next(gathered, { type: "listed", at: late }, DELIVERY_POLICY)).toMatchObject({
    delivery: { state: "expired", digestId: "digest:a@1:2" },
    then: { do: "end" },
  });
});

Deno.test("a call without an answer is made once more after long, or held", () => {
  const timedOut = { type: "timed out", at: 10, fault: { code: "timeout", reason: "no answer" } } as const;
  const calling = next(fresh(), { type: "called", at: 5 }, DELIVERY_POLICY).delivery;
  const once = next(calling, timedOut, DELIVERY_POLICY);
  expect(once.then).toEqual({ do: "wait", until: 10 + DELIVERY_POLICY.unansweredWaitMs });
  const again = next(once.delivery, { type: "called", at: 1_000_000 }, DELIVERY_POLICY).delivery;
  expect(next(again, { ...timedOut, at: 1_000_001 }, DELIVERY_POLICY).letters?.code).toBe("no_answer");
  expect(next(calling, timedOut, { ...DELIVERY_POLICY, unknown: "hold" }).letters?.code).toBe("held");
});
