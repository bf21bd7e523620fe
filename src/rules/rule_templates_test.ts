import fc from "fast-check";
import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { decodeRule, encodeRule } from "./codec.ts";
import type { Rule } from "./rule.ts";
import { RuleTemplates } from "./rule_templates.ts";

const encoder = new TextEncoder();

/** What a decoder says of a record: every field of the rule, or why there is none. */
function said(decode: () => Rule): unknown {
  try {
    const rule = decode();
    return Object.fromEntries(FIELDS.map((name) => [name, rule[name]]));
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return thrown.issues;
  }
}

const FIELDS = Object.keys(decodeRule(encoder.encode(encodeRule(ruleOf({ value: "1" }))))) as (keyof Rule)[];

function same(templates: RuleTemplates, key: string, text: string): void {
  const bytes = encoder.encode(text);
  expect(said(() => templates.decode(key, bytes))).toEqual(said(() => decodeRule(bytes)));
}

Deno.test("rules that are like others are decoded as each by itself is", () => {
  fc.assert(
    fc.property(fc.array(arbitraryRule(), { minLength: 1, maxLength: 8 }), fc.nat(), (rules, salt) => {
      const templates = new RuleTemplates();
      // Each again with another id, symbol, version and time, so that it finds a text like its own.
      for (const rule of [...rules, ...rules]) {
        same(templates, rule.id, encodeRule(rule));
        const createdAt = rule.createdAt + salt;
        const other = { ...rule, createdAt, updatedAt: createdAt + 5, version: 1 + salt % 1_000 };
        same(templates, rule.id, encodeRule(other));
        if (rule.symbol !== null) same(templates, rule.id, encodeRule({ ...other, symbol: "0" + "1A2B3" }));
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("of a text that says a field twice the last counts, whatever was read before", () => {
  const templates = new RuleTemplates();
  const text = encodeRule(ruleOf({ id: "r1", kind: "target_price", comparator: "gte", value: "5" }));
  const twice = text.replace('"value":"5"', '"value":"5","value":"5"');
  same(templates, "r1", twice);
  same(templates, "r1", twice.replace('"value":"5"', '"value":"6"'));
});

Deno.test("what differs is examined as strictly as by the full parser: any part of a rule's text replaced by any other", () => {
  const texts = [
    ruleOf({ id: "r1", kind: "target_price", comparator: "gte", value: "71000", direction: null }),
    ruleOf({ id: "r1", kind: "change_rate", comparator: "lt", value: "5.25", direction: "either" }),
    ruleOf({ id: "r1", kind: "day_change", comparator: "lte", value: "300", direction: "down" }),
    ruleOf({ id: "r1", kind: "price_limit", comparator: null, value: null, direction: "up" }),
  ].map(encodeRule);
  const pieces = fc.constantFrom(
    ...[
      "0",
      "-1",
      "1.50",
      "5.255",
      "2000000000",
      "999999999",
      "01",
      "1e3",
      "",
      "005930",
      "00593",
      "A05930",
      "q",
    ],
    ...[
      "가",
      '"',
      "null",
      "r2",
      "r 1",
      "~",
      "-",
      ".",
      "true",
      "}",
      ",",
      '"version":1',
      '","symbol":"',
      '"value":"5"',
    ],
  );
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(12), pieces, (text, at, length, piece) => {
      const templates = new RuleTemplates();
      same(templates, "r1", text);
      const from = at % text.length;
      const changed = text.slice(0, from) + piece + text.slice(from + length);
      same(templates, "r1", changed);
      same(templates, "r1", changed);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("a rule that is like another one is never copied in part: it says so", () => {
  const templates = new RuleTemplates();
  const [first, second] = ["r1", "r2"].map((id) =>
    templates.decode(id, encoder.encode(encodeRule(ruleOf({ id, value: "5", note: "mine" }))))
  ) as [Rule, Rule];
  const copies = [
    () => ({ ...first }),
    () => ({ ...second }),
    () => Object.assign({}, second),
    () => JSON.stringify(second),
    () => structuredClone(second),
  ];
  for (const copy of copies) expect(copy).toThrow("cannot be spread");
  expect(second.note).toBe("mine");
  expect(encodeRule(second)).toBe(encodeRule(ruleOf({ id: "r2", value: "5", note: "mine" })));
});
