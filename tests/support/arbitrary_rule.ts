import fc from "fast-check";
import { formatUnits } from "../../src/market/decimal.ts";
import {
  channelOf,
  CHANNELS,
  COMPARATORS,
  type Direction,
  DIRECTIONS,
  LOCALES,
  type Rule,
  scaleOf,
  SHORTHAND_KINDS,
  type ShorthandKind,
} from "../../src/rules/rule.ts";
import { ruleOf } from "./rules.ts";
import { storedRuleId } from "../../src/rules/tenancy.ts";

const word = (pattern: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...pattern), minLength: 1, maxLength });
const id = word("abcXYZ019._-", 20);
const symbol = fc.oneof(
  fc.integer({ min: 0, max: 999_999 }).map((code) => String(code).padStart(6, "0")),
  fc.integer({ min: 500_000, max: 599_999 }).map((code) => `Q${code}`),
);
const recipient = fc.oneof(
  word("abcdef019", 12).map((name) => `${name}@example.com`),
  word("abcdef019;=?&", 12).map((path) => `webhook:https://example.com/x${path}`),
  word("abcdef019", 12).map((path) => `slack:https://hooks.example.com/${path}`),
  fc.integer({ min: 1, max: 999_999 }).map((chat) => `telegram:${chat}`),
);
const line = fc.string({ unit: fc.constantFrom(..."가나다 abc,;=+-@[]{}|\"'<>&·"), maxLength: 40 });
const instant = fc.integer({ min: 0, max: 4_102_444_799_999 });

/** Any rule that the API can store. */
export function arbitraryRule(): fc.Arbitrary<Rule> {
  return fc.record({
    id,
    tenant: fc.constantFrom("default", "acme", "b-2"),
    symbol,
    condition: fc.constantFrom(...SHORTHAND_KINDS).chain(condition),
    recipients: fc.uniqueArray(recipient, { minLength: 1, maxLength: 5 }),
    locale: fc.constantFrom(...LOCALES),
    note: line,
    labels: fc.dictionary(word("abc019", 8), line, { maxKeys: 3, noNullPrototype: true }),
    enabled: fc.boolean(),
    expiresAt: fc.option(instant),
    version: fc.integer({ min: 1, max: 1_000 }),
    createdAt: instant,
    updatedAt: instant,
  }).map(({ condition, ...rest }) => {
    const named = new Set(rest.recipients.map(channelOf));
    const channels = CHANNELS.filter((channel) => named.has(channel));
    return ruleOf({ ...rest, ...condition, id: storedRuleId(rest.tenant, rest.id), channels });
  });
}

type Condition = Pick<Rule, "kind" | "comparator" | "value" | "direction">;

function condition(kind: ShorthandKind): fc.Arbitrary<Condition> {
  const direction = fc.constantFrom(...DIRECTIONS);
  if (kind === "price_limit") {
    return direction.map((direction) => ({ kind, comparator: null, value: null, direction }));
  }
  const directions: fc.Arbitrary<Direction | null> = kind === "target_price" ? fc.constant(null) : direction;
  return fc.tuple(directions, fc.constantFrom(...COMPARATORS)).chain(([direction, comparator]) => {
    const min = kind === "target_price" ? 1 : direction === "either" ? 0 : -2_000_000_000;
    return fc.integer({ min, max: 2_000_000_000 }).map((units) => (
      { kind, comparator, direction, value: formatUnits(units, scaleOf(kind)) }
    ));
  });
}
