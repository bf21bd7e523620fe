import { expect } from "expect";
import fc from "fast-check";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { encodeRule } from "./codec.ts";
import { RULE_HEADERS, RuleHistory, type RuleRecord } from "./rule_history.ts";
import { RuleTemplates } from "./rule_templates.ts";

const encoder = new TextEncoder();
const IDS = ["r1", "r2", "r3", "acme~r1"];

/** A record of one of a few ids, so that they come again and again: rules, copies, repairs, tombstones, broken ones. */
const record = fc.record({
  rule: arbitraryRule(),
  id: fc.constantFrom(...IDS),
  value: fc.constantFrom("rule", "rule", "rule", "none", "broken"),
  base: fc.option(fc.nat(4)),
  write: fc.option(fc.oneof(fc.uuid(), fc.constant("by hand"))),
  over: fc.option(fc.constant("by hand"), { freq: 8 }),
  copy: fc.option(fc.nat(4), { freq: 8 }),
  again: fc.boolean(),
}).map(({ rule, id, value, base, write, over, copy, again }): RuleRecord & { readonly again: boolean } => {
  const tenant = id.includes("~") ? "acme" : "default";
  const text = encodeRule({ ...rule, id, tenant, version: (base ?? 0) + 1 });
  const headers: Record<string, string> = {
    ...(base === null ? {} : { [RULE_HEADERS.base]: String(base) }),
    ...(write === null ? {} : { [RULE_HEADERS.write]: write }),
    ...(over === null ? {} : { [RULE_HEADERS.over]: over }),
    ...(copy === null ? {} : { [RULE_HEADERS.copy]: String(copy) }),
  };
  const bytes = encoder.encode(value === "broken" ? text.slice(0, -1) : text);
  return { key: id, value: value === "none" ? null : bytes, headers, again };
});

/** All that can be asked of a history. */
function said(history: RuleHistory): unknown {
  const rules = [...history.rules()].map(encodeRule).sort();
  const each = IDS.map((id) => {
    const { rule, version, copy } = history.standing(id) ?? {};
    const repair = history.repair(id, ["x"]);
    return [id, rule && encodeRule(rule), version, copy, repair, history.baseOf(id), history.armingOf(id)];
  });
  return { size: history.size, rules, each };
}

Deno.test("a history that keeps rules as bytes is the history of the same records, however they change afterwards", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), fc.array(record, { maxLength: 8 }), (before, after) => {
      const bytes = new RuleHistory(new RuleTemplates());
      const plain = new RuleHistory();
      for (const each of before.flatMap((of) => of.again ? [of, of] : [of])) {
        const type = bytes.load(each)?.type ?? "put";
        expect(type).toBe(plain.apply(each).type);
      }
      expect(said(bytes)).toEqual(said(plain));
      for (const each of after) {
        const [one, other] = [bytes.apply(each), plain.apply(each)];
        expect(one.type).toBe(other.type);
        if ("before" in one && "before" in other) {
          expect(one.before && encodeRule(one.before)).toBe(other.before && encodeRule(other.before));
        }
        expect(said(bytes)).toEqual(said(plain));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("thousands of rules are found by their ids, each with what is its own; one that is replaced is the new one", () => {
  const templates = new RuleTemplates();
  const history = new RuleHistory(templates);
  const rules = Array.from({ length: 5_000 }, (_, index) =>
    ruleOf({
      id: `rule-${index}`,
      symbol: String(100_000 + index % 2_700),
      value: String(1_000 + index),
      note: `note ${index % 7}`,
      version: 1 + index % 3,
      createdAt: 1_700_000_000_000 + index,
      updatedAt: 1_700_000_000_000 + 2 * index,
    }));
  const write = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  for (const [index, rule] of rules.entries()) {
    const headers: Record<string, string> = index % 2 === 0 ? { [RULE_HEADERS.write]: write(index) } : {};
    expect(history.load({ key: rule.id, value: encoder.encode(encodeRule(rule)), headers })).toBeUndefined();
  }
  const first = history.get("rule-0")!;
  for (const rule of rules) expect(encodeRule(history.get(rule.id)!)).toBe(encodeRule(rule));
  const edited = { ...rules[0]!, value: "77", version: 2 };
  const headers = { [RULE_HEADERS.base]: "1" };
  history.apply({ key: edited.id, value: encoder.encode(encodeRule(edited)), headers });
  history.apply({ key: "rule-1", value: null, headers: {} });
  expect([history.get("rule-0")!.value, history.get("rule-1"), history.size]).toEqual([
    "77",
    undefined,
    4_999,
  ]);
  expect(encodeRule(first)).toBe(encodeRule(rules[0]!));
  expect(() => ({ ...first })).toThrow("cannot be spread");
});
