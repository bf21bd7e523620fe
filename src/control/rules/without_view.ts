import { isFields } from "../../rules/input_issues.ts";
import { writtenCondition } from "../../rules/read_conditions.ts";
import type { Rule } from "../../rules/rule.ts";
import { formatWhen } from "../../rules/when.ts";

/** What a view adds to a rule and is no field of one. */
const ADDED = new Set(["name", "warnings", "words", "next"]);

/**
 * The fields of a rule that was read from the API and is sent back. What the view added is let pass. A view says what the
 * rule waits for in three forms; who changes one of them leaves the other two as they were, and those are let pass too.
 *
 * @param standing the rule as it is, where there is one.
 */
export function withoutView(body: unknown, standing?: Rule): unknown {
  if (!isFields(body)) return body;
  const fields = Object.fromEntries(Object.entries(body).filter(([name]) => !ADDED.has(name)));
  if (standing === undefined) return fields;
  const forms = formsOf(standing);
  const given = forms.filter((form) => Object.keys(form).some((name) => (fields[name] ?? null) !== null));
  if (given.length < 2) return fields;
  const changed = given.filter((form) => !isEcho(fields, form));
  const kept = changed.length > 0 ? changed : given.slice(0, 1);
  for (const form of given) {
    if (!kept.includes(form)) { for (const name of Object.keys(form)) delete fields[name]; }
  }
  return fields;
}

/** The three forms of what a rule waits for, the one that it was most likely made by first. */
function formsOf(rule: Rule): readonly Readonly<Record<string, unknown>>[] {
  const { kind, comparator, value, direction, conditions } = rule;
  const short = { kind, comparator, value, direction };
  const long = [{ when: formatWhen(conditions) }, { conditions: conditions.map(writtenCondition) }];
  return kind === "condition" ? [...long, short] : [short, ...long];
}

/** Whether the fields are as the form says; a field that is left out is as it was. */
function isEcho(fields: Readonly<Record<string, unknown>>, form: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(form).every(([name, value]) =>
    fields[name] === undefined || JSON.stringify(fields[name]) === JSON.stringify(value)
  );
}
