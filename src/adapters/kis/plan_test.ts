import { expect } from "expect";
import fc from "fast-check";
import { type FeedUnit, unitKey } from "./messages.ts";
import { plan, type PlannedSession } from "./plan.ts";

function units(count: number, from = 0): FeedUnit[] {
  return Array.from({ length: count }, (_, index) => ({ trId: "T", symbol: String(from + index) }));
}

function session(capacity: number, taken: readonly FeedUnit[] = [], since = 0): PlannedSession {
  return { capacity, taken: new Map(taken.map((unit) => [unitKey(unit), { unit, since }])) };
}

const STEADY = { now: 1_000_000, keepMs: 60_000, keeps: () => true, lingering: new Map<string, number>() };

Deno.test("registrations are spread evenly over empty sessions", () => {
  const { targets, refused } = plan({ ...STEADY, wanted: units(50), sessions: [session(41), session(41)] });
  expect(targets.map((target) => target.length)).toEqual([25, 25]);
  expect(refused).toEqual([]);
});

Deno.test("what does not fit is the least important, and is reported", () => {
  const { targets, refused } = plan({ ...STEADY, wanted: units(90), sessions: [session(41), session(41)] });
  expect(targets.flat().length).toBe(82);
  expect(refused).toEqual(units(8, 82));
});

Deno.test("what a session has stays with it, and a lost one's is taken over", () => {
  const [first, second] = [units(3), units(3, 3)];
  const wanted = units(6);
  const kept = plan({ ...STEADY, wanted, sessions: [session(41, first), session(41, second), session(41)] });
  expect(kept.targets).toEqual([first, second, []]);
  const lost = plan({ ...STEADY, wanted, sessions: [session(0, first), session(41, second)] });
  expect(lost.targets).toEqual([[], wanted]);
});

Deno.test("what is wanted no more lingers while there is room, and gives way", () => {
  const old = { trId: "T", symbol: "old" };
  const lingering = new Map([[unitKey(old), STEADY.now + 1]]);
  const sessions = [session(2, [old])];
  expect(plan({ ...STEADY, lingering, wanted: units(1), sessions }).targets).toEqual([[...units(1), old]]);
  expect(plan({ ...STEADY, lingering, wanted: units(2), sessions }).targets).toEqual([units(2)]);
  expect(plan({ ...STEADY, wanted: units(1), sessions }).targets).toEqual([units(1)]);
});

Deno.test("a more important unit takes the place of a less important one only after its time", () => {
  const [a, b] = units(2) as [FeedUnit, FeedUnit];
  const fresh = plan({ ...STEADY, wanted: [a, b], sessions: [session(1, [b], STEADY.now - 1000)] });
  expect(fresh).toEqual({ targets: [[b]], refused: [a] });
  const late = plan({ ...STEADY, wanted: [a, b], sessions: [session(1, [b], 0)] });
  expect(late).toEqual({ targets: [[a]], refused: [b] });
  const sessions = [session(1, [b], STEADY.now - 1000)];
  expect(plan({ ...STEADY, keeps: () => false, wanted: [a, b], sessions }).targets).toEqual([[a]]);
});

Deno.test("no plan has more than a session may, nor a unit twice, nor loses a wanted one", () => {
  const anySession = fc.record({ capacity: fc.nat(6), taken: fc.uniqueArray(fc.nat(20), { maxLength: 6 }) });
  const property = fc.property(
    fc.array(anySession, { minLength: 1, maxLength: 4 }),
    fc.uniqueArray(fc.nat(20), { maxLength: 20 }),
    (made, ids) => {
      const unit = (id: number) => ({ trId: "T", symbol: String(id) });
      const wanted = ids.map(unit);
      const sessions = made.map(({ capacity, taken }) => session(capacity, taken.map(unit)));
      const { targets, refused } = plan({ ...STEADY, wanted, sessions });
      targets.forEach((target, index) =>
        expect(target.length).toBeLessThanOrEqual(sessions[index]?.capacity ?? 0)
      );
      const placed = targets.flat().map(unitKey);
      expect(new Set(placed).size).toBe(placed.length);
      expect([...placed, ...refused.map(unitKey)].sort()).toEqual(wanted.map(unitKey).sort());
      const room = sessions.reduce((sum, one) => sum + one.capacity, 0);
      expect(placed.length).toBe(Math.min(room, wanted.length));
    },
  );
  fc.assert(property, { numRuns: 500 });
});
