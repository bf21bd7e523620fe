import { expect } from "expect";
import fc from "fast-check";
import { measuredRule } from "../../tests/support/measured_gen.ts";
import { checkProperty } from "../../tests/support/property.ts";
import { SymbolDirectory } from "../market/directory.ts";
import { packHeaders } from "../core/pack_writer.ts";
import { unpack } from "../core/record_pack.ts";
import { RuleTemplates } from "../rules/rule_templates.ts";
import { encodeRule } from "../rules/codec.ts";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";
import { AlertWriter } from "./alert_writer.ts";
import type { Match } from "../rules/evaluation.ts";
import { encodeAlert } from "./codec.ts";
import { encodeMatch } from "./encode_match.ts";
import { makeAlert } from "./make_alert.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('a "b" \\ c', "\ud800", "메모 🙂", "\u0000\n\u2028", ""),
);
const directory = new SymbolDirectory([
  { symbol: "005930", name: '삼성"전자', nameEn: "Samsung", market: "KOSPI", type: "stock", basePrice: 0 },
]);
const match = fc.record({
  rule: fc.record({
    rule: measuredRule,
    over: fc.record({
      id: fc.oneof(text, fc.constantFrom("rule-1", "acme/rule-2")),
      tenant: text,
      note: text,
      recipients: fc.array(text, { maxLength: 3 }),
      labels: fc.dictionary(text, text, { maxKeys: 2 }),
      armed: fc.integer({ min: 1, max: 3 }),
      value: fc.oneof(fc.constantFrom("70000", "-1.5", null), text),
    }),
  }).map(({ rule, over }) => ({ ...rule, ...over })),
  symbol: fc.constantFrom("005930", "000660"),
  windowStart: fc.nat(2 ** 31),
  offset: fc.nat(),
  price: fc.nat(2_000_000_000),
  rate: fc.integer({ min: -3_000, max: 3_000 }).map((units) => units / 100),
  change: fc.integer({ min: -9, max: 9 }),
  volume: fc.maxSafeNat(),
  eventTime: fc.oneof(
    fc.nat(2 ** 31),
    fc.nat(4_102_444_800_000),
    fc.constantFrom(0, 99_999_999, 100_000_000),
  ),
  sign: fc.constantFrom("1", "2", "3", "4", "5"),
}).chain((whole) =>
  fc.record({
    values: fc.option(
      fc.array(fc.integer({ min: -2_000_000, max: 2_000_000 }), {
        minLength: whole.rule.conditions.length,
        maxLength: whole.rule.conditions.length,
      }),
      { nil: undefined },
    ),
    closing: fc.constantFrom(true, undefined),
    marketSession: fc.constantFrom("pre", "after", undefined),
    origin: fc.constantFrom("filled", "polled", undefined),
  }).map(({ values, closing, marketSession, origin }) => ({
    ...whole,
    ...(marketSession === undefined ? {} : { marketSession }),
    ...(origin === undefined ? {} : { origin }),
    ...(values === undefined ? {} : { values }),
    ...(closing === undefined ? {} : { closing }),
  }))
) as fc.Arbitrary<Match>;

Deno.test("an alert written straight from its match is the alert's JSON, byte for byte", () => {
  checkProperty(
    fc.property(match, (given) => {
      expect(encodeMatch(given, 60_000, directory)).toBe(encodeAlert(makeAlert(given, 60_000, directory)));
    }),
    300,
  );
});

const headers = packHeaders({ at: "1" });
const decoder = new TextDecoder();

/** The values of a writer's records. */
function written(matches: readonly Match[]): string[] {
  const writer = new AlertWriter({ windowMs: 60_000, directory });
  for (const each of matches) writer.add(each, headers);
  return writer.take().flatMap((pack) => unpack(pack).map(({ value }) => decoder.decode(value!)));
}

Deno.test("alerts written as bytes into packs are the alerts' JSON, byte for byte", () => {
  checkProperty(
    fc.property(fc.array(match, { minLength: 1, maxLength: 8 }), (made) => {
      // One that shares its recipients with another rule, and nothing else, is no like of it.
      const given = made.flatMap((each) => [each, { ...each, rule: { ...each.rule, note: "another" } }]);
      expect(written(given)).toEqual(given.map((each) => encodeAlert(makeAlert(each, 60_000, directory))));
    }),
    300,
  );
});

Deno.test("so are those of rules of templates, also of one that is changed", () => {
  const encoder = new TextEncoder();
  const edits = fc.array(
    fc.record({ rule: arbitraryRule(), match, version: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  checkProperty(
    fc.property(edits, (given) => {
      const templates = new RuleTemplates();
      const matches = [...given, ...given].map(({ rule, match: { values: _, ...rest }, version }, each) => {
        const record = encodeRule({ ...rule, version: version + each });
        const made = templates.decode(rule.id, encoder.encode(record));
        const of = made.conditions.map((_, at) => at * 7 - 3);
        return { ...rest, rule: made, ...(made.kind === "condition" ? { values: of } : {}) };
      });
      expect(written(matches)).toEqual(
        matches.map((each) => encodeAlert(makeAlert(each, 60_000, directory))),
      );
    }),
    200,
  );
});
