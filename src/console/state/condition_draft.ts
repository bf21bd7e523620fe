import { halfWidth } from "../../market/name_search.ts";
import { formatUnits } from "../../market/decimal.ts";
import { readAmount } from "../../rules/amount.ts";
import { type Comparator, COMPARATORS, compares, type Condition } from "../../rules/condition.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import { type MeasureName, MEASURES } from "../../rules/measures.ts";
import { readParams, readThreshold } from "../../rules/read_conditions.ts";
import type { DraftFault } from "./rule_draft.ts";

/** A line of the builder, as it was chosen and typed. */
export interface ConditionDraft {
  readonly measure: MeasureName;
  /** As texts, all of them. */
  readonly params: readonly string[];
  readonly comparator: Comparator;
  readonly value: string;
}

/** A line for a measure that was just chosen: its defaults, and the number of its example where it is a flag's. */
export function newCondition(measure: MeasureName, value = ""): ConditionDraft {
  const { params, unit } = MEASURES[measure];
  return {
    measure,
    params: params.map((spec) => String(spec.default ?? ("words" in spec ? spec.words[0] : spec.min))),
    comparator: "gte",
    value: unit === "flag" ? "1" : value,
  };
}

/** A line that says what a condition says. */
export function conditionDraft({ measure, params, comparator, value }: Condition): ConditionDraft {
  return {
    measure,
    params: params.map(String),
    comparator,
    value: formatUnits(value, MEASURES[measure].scale),
  };
}

/**
 * The number in a text as people type it: "71,000", "7만", "１００억", "3%", "-3 %"; undefined when it is none. What follows
 * the number may be its unit and nothing else.
 */
export function typedNumber(text: string): string | undefined {
  const plain = halfWidth(text).replaceAll("−", "-").trim();
  const amount = readAmount(plain.replace(/^\+/, ""));
  if (amount === undefined) return undefined;
  const rest = plain.replace(/^\+/, "").slice(amount.length).trim();
  return /^(?:원|won|%|퍼센트|프로|주|배|shares?|×|x)?$/i.test(rest) ? amount.decimal : undefined;
}

/** What a line says, or what is wrong with it. */
export function readConditionDraft(
  { measure, params, comparator, value }: ConditionDraft,
): { readonly condition: Condition } | { readonly fault: DraftFault } {
  if (value.trim() === "") return { fault: { key: "form.required" } };
  const number = typedNumber(value);
  if (number === undefined) return { fault: { key: "form.number" } };
  const issues = new InputIssues();
  const read = readParams(measure, params, "params", issues);
  const units = readThreshold(measure, number, "value", issues);
  if (read === undefined || units === undefined) {
    const { code = "", reason = "" } = issues.first ?? {};
    return { fault: { code, reason } };
  }
  return { condition: { measure, params: read, comparator, value: units } };
}

/** A state that a measure of few values can be in, as a condition. */
export interface FlagState {
  /** The values for which it holds: "1", "-1,0". */
  readonly values: string;
  readonly comparator: Comparator;
  readonly value: string;
}

/** The states that can be asked of a measure of few values; none of any other. */
export function flagStates(measure: MeasureName): readonly FlagState[] {
  const { unit, min, max, words } = MEASURES[measure];
  if (unit !== "flag") return [];
  const states: FlagState[] = [];
  for (const values of Object.keys(words.ko.states ?? {}).sort((a, b) => b.localeCompare(a))) {
    const found = COMPARATORS.flatMap((comparator) => range(min, max).map((value) => ({ comparator, value })))
      .find(({ comparator, value }) =>
        range(min, max).filter((each) => compares(each, comparator, value)).join(",") === values
      );
    if (found !== undefined) {
      states.push({ values, comparator: found.comparator, value: String(found.value) });
    }
  }
  return states;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
