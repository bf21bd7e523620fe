import { expect } from "expect";
import fc from "fast-check";
import { assignPartitions, type GroupMember } from "./assigner.ts";

function member(memberId: string, owned: readonly number[] = [], generation = 1): GroupMember {
  return { memberId, topics: ["trades"], owned, generation };
}

/** Joins again and again, each time giving back what was not assigned, until nothing changes. */
function balance(
  members: readonly GroupMember[],
  count: number,
): { shares: Map<string, number[]>; rounds: number } {
  let now = members;
  for (let rounds = 1;; rounds++) {
    const shares = assignPartitions(now, count);
    const next = now.map((one) => member(one.memberId, shares.get(one.memberId), rounds + 100));
    if (next.every((one, index) => one.owned.join() === now[index]?.owned.join())) return { shares, rounds };
    now = next;
  }
}

Deno.test("a lone member gets everything at once", () => {
  expect(assignPartitions([member("a")], 3).get("a")).toEqual([0, 1, 2]);
});

Deno.test("a second member gets its share only when the first has given it back", () => {
  const first = assignPartitions([member("a", [0, 1, 2, 3]), member("b", [], -1)], 4);
  expect([first.get("a"), first.get("b")]).toEqual([[0, 1], []]);
  const second = assignPartitions([member("a", [0, 1]), member("b")], 4);
  expect([second.get("a"), second.get("b")]).toEqual([[0, 1], [2, 3]]);
});

Deno.test("what a member left behind is free at once", () => {
  const shares = assignPartitions([member("b", [2, 3]), member("c", [4, 5])], 6);
  expect([shares.get("b"), shares.get("c")]).toEqual([[0, 2, 3], [1, 4, 5]]);
});

Deno.test("of two claims the one of the newer generation counts", () => {
  const shares = assignPartitions([member("zombie", [0, 1], 3), member("b", [0, 1], 9)], 2);
  expect([shares.get("b"), shares.get("zombie")]).toEqual([[0], []]);
});

Deno.test("shares end even, complete, with nothing given away needlessly and nothing owned twice", () => {
  const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 7 });
  fc.assert(fc.property(members, fc.integer({ min: 1, max: 24 }), fc.nat(), (ids, count, seed) => {
    // Some earlier sharing among some of the members.
    const before = new Map<string, number[]>(ids.map((id) => [id, []]));
    for (let number = 0; number < count; number++) {
      const owner = ids[(seed + number * 7) % (ids.length + 1)];
      if (owner !== undefined) before.get(owner)?.push(number);
    }
    const start = ids.map((id) => member(id, before.get(id)));
    const once = assignPartitions(start, count);
    for (const [id, numbers] of once) {
      for (const number of numbers) {
        const owner = start.find((one) => one.owned.includes(number));
        // Nobody is given what another still owns.
        expect(owner === undefined || owner.memberId === id).toBe(true);
      }
    }
    const { shares, rounds } = balance(start, count);
    expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, at) => at),
    );
    const sizes = [...shares.values()].map((numbers) => numbers.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(rounds).toBeLessThanOrEqual(3);
    const fair = Math.ceil(count / ids.length);
    for (const [id, numbers] of shares) {
      const kept = numbers.filter((number) => before.get(id)?.includes(number)).length;
      expect(kept).toBeGreaterThanOrEqual(
        Math.min(before.get(id)?.length ?? 0, Math.floor(count / ids.length)),
      );
      expect(numbers.length).toBeLessThanOrEqual(fair);
    }
  }));
});
