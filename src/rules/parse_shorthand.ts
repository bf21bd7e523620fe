import { formatUnits, parseUnits } from "../market/decimal.ts";
import { kindMeant } from "./hints.ts";
import type { InputIssues } from "./input_issues.ts";
import {
  type Comparator,
  COMPARATORS,
  type Direction,
  DIRECTIONS,
  RULE_KINDS,
  type RuleKind,
  scaleOf,
  SHORTHAND_KINDS,
  type ShorthandKind,
} from "./rule.ts";
import type { Shorthand } from "./shorthand.ts";

/** Kinds by the names Korean users know, and by those of the program that was before this one. */
const OTHER_KIND_NAMES = {
  "상하한가": "price_limit",
  "상/하한가": "price_limit",
  "등락률": "change_rate",
  fluctuation: "change_rate",
  "목표가": "target_price",
  goal: "target_price",
  "전일대비": "day_change",
  compared_previous: "day_change",
  "조건": "condition",
} as const satisfies Readonly<Record<string, RuleKind>>;

/** Every name of a kind. */
export const KIND_NAMES = [
  ...RULE_KINDS,
  ...Object.keys(OTHER_KIND_NAMES) as (keyof typeof OTHER_KIND_NAMES)[],
] as const;

/** What the original's `condition` says of a price limit; an empty one is either. */
const LIMIT_CONDITIONS: Readonly<Record<string, Direction>> = {
  "상한가": "up",
  "하한가": "down",
  "|": "either",
  "": "either",
};

/** The kind that a name means; undefined: none. */
export function kindNamed(name: unknown): RuleKind | undefined {
  if (typeof name !== "string") return undefined;
  if (name === "condition") return name;
  return SHORTHAND_KINDS.find((kind) => kind === name) ??
    (Object.hasOwn(OTHER_KIND_NAMES, name)
      ? OTHER_KIND_NAMES[name as keyof typeof OTHER_KIND_NAMES]
      : undefined);
}

/** Comparators by the words Korean users know. */
export const KOREAN_COMPARATORS: ReadonlyMap<string, Comparator> = new Map([
  ["초과", "gt"],
  ["이상", "gte"],
  ["미만", "lt"],
  ["이하", "lte"],
]);

/** Reads kind, comparator, value and direction (or the original's `condition`); undefined when any was refused. */
export function parseShorthand(
  input: Readonly<Record<string, unknown>>,
  issues: InputIssues,
): Shorthand | undefined {
  const before = issues.count;
  const kind = parseKind(input.kind, issues);
  const limit = kind === "price_limit" ? limitSaid(input) : undefined;
  if (limit !== undefined) {
    return issues.count > before
      ? undefined
      : { kind: "price_limit", comparator: null, value: null, direction: limit };
  }
  const parts = splitCondition(input, issues);
  const direction = kind && parseDirection(kind, input.direction, issues);
  if (kind === "price_limit") {
    refuseComparison(parts, issues);
    return issues.count > before ? undefined : { kind, comparator: null, value: null, direction: direction! };
  }
  const comparator = parseComparator(parts.comparator, parts.fields.comparator, issues);
  if (parts.value === undefined) {
    issues.missing(parts.fields.value, "is missing: give the value to compare with");
  }
  const value = kind && parts.value !== undefined
    ? parseValue({ kind, direction: direction ?? null, parts }, issues)
    : undefined;
  if (issues.count > before) return undefined;
  return { kind: kind!, comparator: comparator!, value: value!, direction: direction ?? null };
}

function parseKind(given: unknown, issues: InputIssues): ShorthandKind | undefined {
  if (given === undefined || given === null) {
    issues.missing("kind", `is missing: give when, or one of ${SHORTHAND_KINDS.join(", ")}`);
    return undefined;
  }
  const kind = kindNamed(given);
  if (kind === "condition") {
    issues.missing("when", 'is missing: give the rule\'s conditions, such as "rate >= 5"');
    return undefined;
  }
  if (kind === undefined) {
    const reason = `must be one of ${SHORTHAND_KINDS.join(", ")} (상하한가, 등락률, 목표가, 전일대비)`;
    issues.refuse("kind", "bad_kind", reason + kindMeant(given, SHORTHAND_KINDS), given);
  }
  return kind;
}

/** Which limit the original's condition means, where nothing else says it. */
function limitSaid(input: Readonly<Record<string, unknown>>): Direction | undefined {
  const { condition, comparator, value, direction } = input;
  if (typeof condition !== "string" || (comparator ?? value ?? direction ?? undefined) !== undefined) {
    return undefined;
  }
  const said = condition.trim();
  return Object.hasOwn(LIMIT_CONDITIONS, said) ? LIMIT_CONDITIONS[said] : undefined;
}

interface Parts {
  readonly comparator: unknown;
  readonly value: unknown;
  /** The fields they came from, for messages. */
  readonly fields: { readonly comparator: string; readonly value: string };
}

/** Comparator and value from their fields, or both from `condition: "53200|미만"`. */
function splitCondition(input: Readonly<Record<string, unknown>>, issues: InputIssues): Parts {
  const own = { comparator: "comparator", value: "value" };
  const plain = { comparator: input.comparator ?? undefined, value: input.value ?? undefined, fields: own };
  const condition = input.condition;
  if (condition === undefined) return plain;
  const joined = { comparator: "condition", value: "condition" };
  if (plain.comparator !== undefined || plain.value !== undefined) {
    const reason = "says what comparator and value say: give either condition, or comparator and value";
    issues.refuse("condition", "conflicting_fields", reason, condition);
    return plain;
  }
  const parts = typeof condition === "string" ? condition.split("|") : [];
  if (parts.length !== 2) {
    const reason = 'must be a value and a comparator with | between, such as "53200|미만"';
    issues.refuse("condition", "bad_condition", reason, condition);
    return { comparator: "gte", value: "1", fields: joined };
  }
  return { value: parts[0]!.trim(), comparator: parts[1]!.trim(), fields: joined };
}

function refuseComparison(parts: Parts, issues: InputIssues): void {
  const reason = "has no place in a price_limit rule: direction up, down or either says which limit";
  if (parts.fields.value === "condition") {
    return issues.refuse("condition", "not_allowed", reason, `${parts.value}|${parts.comparator}`);
  }
  if (parts.comparator !== undefined) {
    issues.refuse("comparator", "not_allowed", reason, parts.comparator);
  }
  if (parts.value !== undefined) issues.refuse("value", "not_allowed", reason, parts.value);
}

function parseComparator(given: unknown, field: string, issues: InputIssues): Comparator | undefined {
  if (given === undefined) {
    issues.missing(field, `is missing: give one of ${COMPARATORS.join(", ")}`);
    return undefined;
  }
  const comparator = typeof given === "string"
    ? COMPARATORS.find((known) => known === given) ?? KOREAN_COMPARATORS.get(given)
    : undefined;
  if (!comparator) {
    const reason = `must be one of ${COMPARATORS.join(", ")} (초과, 이상, 미만, 이하)`;
    issues.refuse(field, "bad_comparator", reason, given);
  }
  return comparator;
}

function parseDirection(kind: ShorthandKind, given: unknown, issues: InputIssues): Direction | null {
  const absent = given === undefined || given === null;
  if (kind === "target_price") {
    if (!absent) {
      const reason = "has no place in a target_price rule: the comparator says which side";
      issues.refuse("direction", "not_allowed", reason, given);
    }
    return null;
  }
  if (absent) return "either";
  const direction = DIRECTIONS.find((known) => known === given);
  if (!direction) {
    issues.refuse("direction", "bad_direction", `must be one of ${DIRECTIONS.join(", ")}`, given);
  }
  return direction ?? "either";
}

function parseValue(
  given: { kind: ShorthandKind; direction: Direction | null; parts: Parts },
  issues: InputIssues,
): string | undefined {
  const { value, fields } = given.parts;
  const scale = scaleOf(given.kind);
  const form = scale === 0 ? "a whole number" : `a decimal with at most ${scale} places`;
  if (typeof value !== "string" && typeof value !== "number") {
    issues.refuse(fields.value, "not_a_decimal", `must be ${form}, as a text or a number`, value);
    return undefined;
  }
  const parsed = parseUnits(typeof value === "number" ? plainNumber(value) : value, scale);
  if ("fault" in parsed) {
    const reason = parsed.fault === "out_of_range"
      ? `must be between -${formatUnits(2_000_000_000, scale)} and ${formatUnits(2_000_000_000, scale)}`
      : parsed.fault === "too_many_decimals"
      ? `must be ${scale === 0 ? "a decimal with at most 0 places, a whole number of won" : form}`
      : `must be ${form}, without exponent, blanks or separators`;
    issues.refuse(fields.value, parsed.fault, reason, value);
    return undefined;
  }
  const fault = signFault({ ...given, units: parsed.units });
  if (fault !== undefined) {
    issues.refuse(fields.value, fault.code, fault.reason, value);
    return undefined;
  }
  return formatUnits(parsed.units, scale);
}

function signFault(
  given: { kind: ShorthandKind; direction: Direction | null; units: number },
): { code: string; reason: string } | undefined {
  if (given.kind === "target_price" && given.units <= 0) {
    return { code: "out_of_range", reason: "must be greater than 0: a price is never 0 or less" };
  }
  if (given.direction === "either" && given.units < 0) {
    const reason =
      'must be 0 or more with direction "either", which compares the absolute value; for a fall ' +
      'give a positive value with direction "down"';
    return { code: "negative_with_either", reason };
  }
  return undefined;
}

/** A JSON number as decimal text where JavaScript writes it without an exponent. */
function plainNumber(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return Object.is(value, -0) ? "0" : text;
  // Tiny numbers have more places than any scale; huge ones are out of every range: say so, not "not a decimal".
  return text.includes("e-") ? "0.00000001" : `${value < 0 ? "-" : ""}99999999999`;
}
