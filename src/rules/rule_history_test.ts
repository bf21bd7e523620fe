import { expect } from "expect";
import fc from "fast-check";
import { encodeRule } from "./codec.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import type { Rule } from "./rule.ts";
import { RULE_HEADERS, RuleHistory, type RuleRecord } from "./rule_history.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function ruleAt(version: number, value: number): Rule {
  return ruleOf({ id: "r", value: String(value), version, createdAt: 100, updatedAt: 100 });
}

function put(base: number, value: number, write: string): RuleRecord {
  return {
    key: "r",
    value: bytes(encodeRule(ruleAt(base + 1, value))),
    headers: { [RULE_HEADERS.base]: String(base), [RULE_HEADERS.write]: write },
  };
}

function tombstone(base: number, write: string): RuleRecord {
  return {
    key: "r",
    value: null,
    headers: { [RULE_HEADERS.base]: String(base), [RULE_HEADERS.write]: write },
  };
}

function repairOf(table: RuleHistory, over: readonly string[]): RuleRecord {
  const { value, headers } = table.repair("r", over)!;
  return { key: "r", value: value === null ? null : bytes(value), headers };
}

Deno.test("the first write of a base wins, the second is stale", () => {
  const table = new RuleHistory();
  expect(table.apply(put(0, 1, "a")).type).toBe("put");
  expect(table.apply(put(1, 2, "b")).type).toBe("put");
  expect(table.apply(put(1, 3, "c")).type).toBe("stale");
  expect(table.apply(tombstone(1, "d")).type).toBe("stale");
  expect(table.get("r")).toMatchObject({ version: 2, value: "2" });
  expect(table.apply(tombstone(2, "e"))).toMatchObject({ type: "removed", ruleId: "r" });
  expect(table.apply(put(2, 4, "f")).type).toBe("stale");
  expect([table.get("r"), table.size, [...table.rules()]]).toEqual([undefined, 0, []]);
});

Deno.test("a deleted id may be made again, and a late write of the old rule stays late", () => {
  const table = new RuleHistory();
  for (const record of [put(0, 1, "a"), tombstone(1, "b")]) table.apply(record);
  expect(table.baseOf("r")).toBe(2);
  expect(table.apply(put(2, 5, "c")).type).toBe("put");
  expect(table.apply(put(1, 6, "late")).type).toBe("stale");
  expect(table.get("r")?.value).toBe("5");
  table.apply(tombstone(3, "d"));
  expect(table.apply(put(0, 7, "by one who has forgotten")).type).toBe("put");
});

Deno.test("records from elsewhere are taken as they come, other keys and broken ones are not rules", () => {
  const table = new RuleHistory();
  expect(table.apply({ key: "r", value: bytes(encodeRule(ruleAt(1, 1))), headers: {} }).type).toBe("put");
  expect(table.apply({ key: "r", value: bytes(encodeRule(ruleAt(1, 2))), headers: {} }).type).toBe("put");
  expect(table.apply({ key: "r", value: null, headers: {} }).type).toBe("removed");
  expect(table.apply({ key: "~key/1", value: bytes("{}"), headers: {} }).type).toBe("reserved");
  expect(table.apply({ key: "r", value: bytes("{}"), headers: {} }).type).toBe("refused");
  expect(table.apply({ key: "other", value: bytes(encodeRule(ruleAt(1, 1))), headers: {} })).toMatchObject({
    type: "refused",
    code: "bad_rule",
  });
});

Deno.test("a repair is no change to who knows, and the truth to who comes after compaction", () => {
  const table = new RuleHistory();
  for (const record of [put(0, 1, "a"), put(1, 2, "b"), put(1, 3, "lost")]) table.apply(record);
  const repair = repairOf(table, ["lost"]);
  expect(table.apply(repair).type).toBe("unchanged");
  const late = new RuleHistory();
  late.apply(put(1, 3, "lost"));
  late.apply(repair);
  expect(late.get("r")).toEqual(table.get("r"));
});

/** What one of two writers does next: the version it believes in comes from its own, possibly old, reading. */
const step = fc.record({
  writer: fc.constantFrom(0, 1),
  lag: fc.nat({ max: 3 }),
  deletes: fc.boolean(),
});

Deno.test("writers that do not see one another: every reader agrees, no acknowledged write is lost unseen", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(), (steps, cut) => {
      const log: RuleRecord[] = [];
      const referee = new RuleHistory();
      const acknowledged: number[] = [];
      let over: string[] = [];
      const append = (record: RuleRecord) => {
        log.push(record);
        const change = referee.apply(record);
        over = change.type === "stale" ? [...over, change.write] : [];
        return change.type;
      };
      for (const [index, { writer, lag, deletes }] of steps.entries()) {
        const view = new RuleHistory();
        for (const record of log.slice(0, Math.max(0, log.length - lag))) view.apply(record);
        const seen = view.get("r");
        const name = `${writer}:${index}`;
        const record = seen !== undefined && deletes
          ? tombstone(seen.version, name)
          : put(view.baseOf("r"), index + 1, name);
        if (append(record) === "put") acknowledged.push(index + 1);
        // A repair comes some records later, made from what stood when it was due.
        if (over.length > 0 && index % 2 === 0) append(repairOf(referee, over));
      }
      if (over.length > 0) append(repairOf(referee, over));
      const standing = referee.get("r");
      if (standing) expect(acknowledged.at(-1)).toBe(Number(standing.value));
      // Compaction takes a rule's oldest records first; who reads only then comes to the same rule.
      const late = new RuleHistory();
      for (const record of log.slice(cut % (log.length + 1) - 1)) late.apply(record);
      expect(late.get("r")).toEqual(standing);
    }),
    { numRuns: 2_000 },
  );
});
