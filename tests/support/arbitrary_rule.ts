import fc from "fast-check";
import { formatUnits } from "../../src/market/decimal.ts";
import {
  channelOf,
  CHANNELS,
  COMPARATORS,
  DEFAULT_MAX_ALERTS_PER_DAY,
  type Direction,
  DIRECTIONS,
  LOCALES,
  type Rule,
  scaleOf,
  SHORTHAND_KINDS,
  type ShorthandKind,
  TRIGGERS,
} from "../../src/rules/rule.ts";
import { MARKET_SESSIONS } from "../../src/market/market_session.ts";
import { MARKET_SCOPES } from "../../src/rules/parse_rule_target.ts";
import { withShorthand } from "../../src/rules/parse_rule_conditions.ts";
import { REPEATS } from "../../src/rules/repeat.ts";
import { conditionOf, type Shorthand } from "../../src/rules/shorthand.ts";
import { ruleOf } from "./rules.ts";
import type { Condition, Param } from "../../src/rules/condition.ts";
import { MEASURE_NAMES, MEASURES } from "../../src/rules/measures.ts";
import type { ParamSpec } from "../../src/rules/measures/measure.ts";
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
    target: fc.oneof(
      { weight: 3, arbitrary: symbol.map((symbol) => ({ symbol, symbols: null, market: null })) },
      {
        weight: 1,
        arbitrary: fc.uniqueArray(symbol, { minLength: 1, maxLength: 5 }).map((symbols) => (
          { symbol: null, symbols: symbols.sort(), market: null }
        )),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...MARKET_SCOPES).map((market) => ({
          symbol: null,
          symbols: null,
          market,
        })),
      },
    ),
    waits: fc.oneof(
      fc.constantFrom(...SHORTHAND_KINDS).chain(shorthand).map((short) => (
        { ...short, conditions: [conditionOf(short)] }
      )),
      fc.array(arbitraryCondition(), { minLength: 1, maxLength: 4 }).map(withShorthand),
    ),
    on: fc.constantFrom(...TRIGGERS),
    repeat: fc.option(fc.constantFrom(...REPEATS)),
    sessions: fc.option(
      fc.subarray([...MARKET_SESSIONS], { minLength: 1, maxLength: MARKET_SESSIONS.length - 1 }),
    ),
    most: fc.option(fc.integer({ min: 1, max: 1_000 })),
    arming: fc.oneof(
      fc.constant(undefined),
      fc.record({ armed: fc.integer({ min: 1, max: 9 }), armedAt: instant }),
    ),
    recipients: fc.uniqueArray(recipient, { minLength: 1, maxLength: 5 }),
    locale: fc.constantFrom(...LOCALES),
    note: line,
    labels: fc.dictionary(word("abc019", 8), line, { maxKeys: 3, noNullPrototype: true }),
    enabled: fc.boolean(),
    expiresAt: fc.option(instant),
    version: fc.integer({ min: 1, max: 1_000 }),
    createdAt: instant,
    updatedAt: instant,
  }).map(({ target, waits, most, arming, ...rest }) => {
    const named = new Set(rest.recipients.map(channelOf));
    const channels = CHANNELS.filter((channel) => named.has(channel));
    const id = storedRuleId(rest.tenant, rest.id);
    const maxAlertsPerDay = most ?? (target.symbol === null ? DEFAULT_MAX_ALERTS_PER_DAY : null);
    return ruleOf({ ...rest, ...target, ...waits, ...arming, maxAlertsPerDay, id, channels });
  });
}

function shorthand(kind: ShorthandKind): fc.Arbitrary<Shorthand> {
  const direction = fc.constantFrom(...DIRECTIONS);
  if (kind === "price_limit") {
    return direction.map((direction) => ({ kind, comparator: null, value: null, direction }));
  }
  const directions: fc.Arbitrary<Direction | null> = kind === "target_price" ? fc.constant(null) : direction;
  return fc.tuple(directions, fc.constantFrom(...COMPARATORS)).chain(([direction, comparator]) => {
    const min = kind === "target_price" ? 1 : direction === "up" ? -2_000_000_000 : 0;
    return fc.integer({ min, max: 2_000_000_000 }).map((units) => (
      { kind, comparator, direction, value: formatUnits(units, scaleOf(kind)) }
    ));
  });
}

/** Any condition on any measure. */
export function arbitraryCondition(): fc.Arbitrary<Condition> {
  return fc.constantFrom(...MEASURE_NAMES).chain((measure) => {
    const { params, min, max } = MEASURES[measure];
    return fc.record({
      measure: fc.constant(measure),
      params: fc.tuple(...params.map(arbitraryParam)).filter((each) =>
        MEASURES[measure].refuse?.(each) === undefined
      ),
      comparator: fc.constantFrom(...COMPARATORS),
      value: fc.oneof(
        fc.integer({ min, max }),
        fc.integer({ min: Math.max(min, -500), max: Math.min(max, 500) }),
      ),
    });
  });
}

function arbitraryParam(spec: ParamSpec): fc.Arbitrary<Param> {
  return "words" in spec ? fc.constantFrom(...spec.words) : fc.integer({ min: spec.min, max: spec.max });
}
