import { expect } from "expect";
import fc from "fast-check";
import { InputError } from "../core/errors.ts";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";
import { decodeRule, encodeRule, isRuleKey } from "./codec.ts";
import { publicRuleId, storedRuleId } from "./tenancy.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a rule read back is the rule that was written", () => {
  fc.assert(fc.property(arbitraryRule(), (rule) => {
    expect(decodeRule(bytes(encodeRule(rule)))).toEqual(rule);
  }));
});

Deno.test("bytes that are no rule are refused, whatever they are", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
    expect(() => decodeRule(noise)).toThrow(InputError);
  }));
  fc.assert(fc.property(arbitraryRule(), fc.nat(), (rule, cut) => {
    const whole = bytes(encodeRule(rule));
    expect(() => decodeRule(whole.subarray(0, cut % whole.length))).toThrow(InputError);
  }));
});

Deno.test("a field that a later version added does not take a rule out of force", () => {
  fc.assert(fc.property(arbitraryRule(), (rule) => {
    const later = JSON.stringify({ ...JSON.parse(encodeRule(rule)), shape: "v2" });
    expect(decodeRule(bytes(later))).toEqual(rule);
  }));
});

Deno.test("a broken character is refused; the character that stands for broken ones is not", () => {
  fc.assert(fc.property(arbitraryRule(), (rule) => {
    const marked = { ...rule, note: "a\ufffdb" };
    const written = bytes(encodeRule(marked));
    expect(decodeRule(written)).toEqual(marked);
    const at = new TextDecoder("latin1").decode(written).indexOf("a\xef\xbf\xbdb");
    written[at + 1] = 0xff;
    expect(() => decodeRule(written)).toThrow("UTF-8");
  }));
});

Deno.test("an id that no caller could choose is refused", () => {
  fc.assert(
    fc.property(arbitraryRule(), fc.constantFrom("", " ", "a b", "a~b", "ä", "x".repeat(65)), (rule, id) => {
      const other = { ...rule, id: storedRuleId(rule.tenant, id) };
      expect(() => decodeRule(bytes(encodeRule(other)))).toThrow("must be a rule's id");
    }),
  );
});

Deno.test("a rule must stand under its own tenant", () => {
  fc.assert(fc.property(arbitraryRule(), (rule) => {
    const other = { ...rule, tenant: "someone-else" };
    expect(() => decodeRule(bytes(encodeRule(other)))).toThrow(InputError);
  }));
});

Deno.test("ids of two tenants are never the same record", () => {
  expect(storedRuleId("default", "a")).toBe("a");
  expect(storedRuleId("acme", "a")).toBe("acme~a");
  expect(publicRuleId("acme", "acme~a")).toBe("a");
  expect(publicRuleId("default", "a")).toBe("a");
  expect(isRuleKey("acme~a")).toBe(true);
  expect(isRuleKey("~key/1")).toBe(false);
});
