import { expect } from "expect";
import { ruleOf } from "../../tests/support/rules.ts";
import { encodeRule } from "../rules/codec.ts";
import { RuleHistory } from "../rules/rule_history.ts";
import { RuleTemplates } from "../rules/rule_templates.ts";
import { RuleSlots } from "./rule_slots.ts";

/** A history that has kept some rules as bytes. */
function kept(...ids: string[]): RuleHistory {
  const history = new RuleHistory(new RuleTemplates());
  for (const id of ids) {
    history.load({
      key: id,
      value: new TextEncoder().encode(encodeRule(ruleOf({ id, value: "5" }))),
      headers: {},
    });
  }
  return history;
}

Deno.test("slots have rules of one arena, those of others and objects, whatever came first", () => {
  const [first, second] = [kept("a", "b"), kept("c")];
  const object = ruleOf({ id: "d", value: "7" });
  const slots = new RuleSlots();
  slots.grow(2);
  slots.set(0, object);
  slots.set(1, first.get("a"));
  slots.grow(5);
  slots.set(2, first.get("b"));
  slots.set(3, second.get("c"));
  const ids = () => [0, 1, 2, 3, 4].map((ordinal) => slots.get(ordinal)?.id);
  expect(ids()).toEqual(["d", "a", "b", "c", undefined]);
  expect([0, 1, 2, 3, 4].map((ordinal) => slots.has(ordinal))).toEqual([true, true, true, true, false]);
  expect([slots.is(0, object), slots.is(1, first.get("a")!), slots.is(1, first.get("b")!)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([slots.is(1, object), slots.is(3, first.get("a")!)]).toEqual([false, false]);
  slots.set(1, object);
  slots.set(0, first.get("a"));
  slots.set(2, undefined);
  expect(ids()).toEqual(["a", "d", undefined, "c", undefined]);
  expect([slots.has(2), slots.length]).toEqual([false, 5]);
});
