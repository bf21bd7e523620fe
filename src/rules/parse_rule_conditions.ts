import { type Condition, sameCondition } from "./condition.ts";
import type { InputIssues } from "./input_issues.ts";
import { parseShorthand } from "./parse_shorthand.ts";
import { readConditions } from "./read_conditions.ts";
import { parseWhen } from "./when.ts";
import { conditionOf, type Shorthand, shorthandOf } from "./shorthand.ts";

/** What a rule waits for: its conditions, and the shorthand that says the same. */
export interface RuleConditions extends Shorthand {
  readonly conditions: readonly Condition[];
}

/**
 * Reads what a rule waits for: `when`, `conditions`, or a kind with its fields. Several of them may be given when they
 * say the same, so that what the API answered can be sent back.
 *
 * @returns undefined when any was refused.
 */
export function parseConditions(
  input: Readonly<Record<string, unknown>>,
  issues: InputIssues,
): RuleConditions | undefined {
  if (input.when === undefined && input.conditions === undefined && !saysNothing(input.kind)) {
    // What nearly every rule on the topic is.
    const shorthand = parseShorthand(input, issues);
    return shorthand && withConditions(shorthand);
  }
  const before = issues.count;
  const when = (input.when ?? undefined) === undefined ? undefined : parseWhen(input.when, "when", issues);
  const listed = (input.conditions ?? undefined) === undefined
    ? undefined
    : readConditions(input.conditions, "conditions", issues);
  const given = when ?? listed;
  const isShort = !saysNothing(input.kind) || (given === undefined && issues.count === before);
  const shorthand = isShort ? parseShorthand(input, issues) : undefined;
  if (!isShort) refuseShorthandFields(input, issues);
  if (issues.count > before) return undefined;
  if (when !== undefined && listed !== undefined && !same(when, listed)) {
    issues.refuse(
      "when",
      "conflicting_fields",
      "says something else than conditions: give one of them",
      input.when,
    );
  }
  if (shorthand === undefined) return issues.count > before ? undefined : withShorthand(given!);
  const short = [conditionOf(shorthand)];
  if (given !== undefined && !same(given, short)) {
    const field = when === undefined ? "conditions" : "when";
    const reason = "says something else than kind, comparator, value and direction: give one of them";
    issues.refuse(field, "conflicting_fields", reason, input[field]);
  }
  return issues.count > before ? undefined : withConditions(shorthand);
}

/** A shorthand with the condition that it says. */
function withConditions(shorthand: Shorthand): RuleConditions {
  const { kind, comparator, value, direction } = shorthand;
  return { kind, comparator, value, direction, conditions: [conditionOf(shorthand)] };
}

/** Conditions with the shorthand that says them. */
export function withShorthand(conditions: readonly Condition[]): RuleConditions {
  return { ...shorthandOf(conditions), conditions };
}

/** Whether a kind leaves it to `conditions` to say what the rule waits for. */
function saysNothing(kind: unknown): boolean {
  return kind === undefined || kind === null || kind === "condition" || kind === "조건";
}

function refuseShorthandFields(input: Readonly<Record<string, unknown>>, issues: InputIssues): void {
  for (const field of ["comparator", "value", "direction", "condition"]) {
    if ((input[field] ?? undefined) === undefined) continue;
    const reason = "has no place beside when or conditions: they say it";
    issues.refuse(field, "not_allowed", reason, input[field]);
  }
}

function same(one: readonly Condition[], other: readonly Condition[]): boolean {
  return one.length === other.length && one.every((condition, at) => sameCondition(condition, other[at]!));
}
