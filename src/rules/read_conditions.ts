import { formatUnits, MAX_UNITS, parseUnits } from "../market/decimal.ts";
import { type Comparator, type Condition, MAX_CONDITIONS, type Param } from "./condition.ts";
import { InputIssues, isFields } from "./input_issues.ts";
import { type MeasureName, MEASURES } from "./measures.ts";
import type { MeasureSpec, ParamSpec } from "./measures/measure.ts";
import { measureMeant, wordMeant } from "./hints.ts";
import { comparatorNamed, measureNamed } from "./names.ts";

/**
 * The conditions of a rule as JSON: `[{ measure, params, comparator, value }]`, the value a decimal text.
 *
 * @module
 */

/** A condition as it is written in JSON. */
export interface WrittenCondition {
  readonly measure: MeasureName;
  readonly params?: readonly Param[];
  readonly comparator: Comparator;
  /** A decimal, shortest form: "5", "-0.5", "10000000000". */
  readonly value: string;
}

/** A condition as the topic and the API write it. */
export function writtenCondition({ measure, params, comparator, value }: Condition): WrittenCondition {
  const text = formatUnits(value, MEASURES[measure].scale);
  return params.length === 0
    ? { measure, comparator, value: text }
    : { measure, params, comparator, value: text };
}

/** The condition that {@link writtenCondition} wrote. */
export function conditionWritten(written: WrittenCondition): Condition {
  const issues = new InputIssues();
  const { measure, params, comparator, value } = written;
  const condition = readCondition({ measure, params, comparator, value }, "condition", issues);
  issues.throwIfAny("bad_condition");
  return condition as Condition;
}

/** Reads the list; undefined when anything was refused. */
export function readConditions(
  given: unknown,
  field: string,
  issues: InputIssues,
): readonly Condition[] | undefined {
  if (!Array.isArray(given) || given.length < 1 || given.length > MAX_CONDITIONS) {
    issues.refuse(field, "bad_list", `must be a list of 1 to ${MAX_CONDITIONS} conditions`, given);
    return undefined;
  }
  const before = issues.count;
  const conditions = given.map((each: unknown, index) => readCondition(each, `${field}[${index}]`, issues));
  return issues.count > before ? undefined : conditions as Condition[];
}

const CONDITION_FIELDS: readonly string[] = ["measure", "params", "comparator", "value"];
/** What others call them. */
const FIELDS_MEANT: ReadonlyMap<string, string> = new Map([
  ["op", "; did you mean comparator?"],
  ["operator", "; did you mean comparator?"],
  ["threshold", "; did you mean value?"],
]);

function readCondition(given: unknown, field: string, issues: InputIssues): Condition | undefined {
  if (!isFields(given)) {
    issues.refuse(field, "not_an_object", "must have measure, comparator and value", given);
    return undefined;
  }
  const before = issues.count;
  for (const name of Object.keys(given)) {
    if (!CONDITION_FIELDS.includes(name)) {
      issues.refuse(
        `${field}.${name.slice(0, 64)}`,
        "unknown_field",
        `is not a field of a condition${FIELDS_MEANT.get(name) ?? wordMeant(name, CONDITION_FIELDS)}`,
        given[name],
      );
    }
  }
  const measure = measureNamed(given.measure);
  if (measure === undefined) {
    const reason = `is not a measure${measureMeant(given.measure)}`;
    if (given.measure !== undefined) {
      issues.refuse(`${field}.measure`, "unknown_measure", reason, given.measure);
    } else issues.missing(`${field}.measure`, 'is missing: a measure such as "rate"');
  }
  const comparator = comparatorNamed(given.comparator);
  if (comparator === undefined) {
    const reason = "must be one of gt, gte, lt, lte (초과, 이상, 미만, 이하)";
    if (given.comparator !== undefined) {
      issues.refuse(`${field}.comparator`, "bad_comparator", reason, given.comparator);
    } else issues.missing(`${field}.comparator`, `is missing: ${reason}`);
  }
  const params = measure && readParams(measure, given.params ?? [], `${field}.params`, issues);
  const value = measure && readThreshold(measure, given.value, `${field}.value`, issues);
  if (issues.count > before) return undefined;
  return { measure: measure!, params: params!, comparator: comparator!, value: value! };
}

/** Reads a measure's parameters and fills in the defaults; undefined when any was refused. */
export function readParams(
  measure: MeasureName,
  given: unknown,
  field: string,
  issues: InputIssues,
): readonly Param[] | undefined {
  const specs = MEASURES[measure].params;
  if (!Array.isArray(given) || given.length > specs.length) {
    const reason = specs.length === 0
      ? `must be left out: ${measure} has no parameters`
      : `must be a list of at most ${specs.length}: ${specs.map(({ name }) => name).join(", ")}`;
    issues.refuse(field, "bad_params", reason, given);
    return undefined;
  }
  if (specs.length === 0) return NO_PARAMS;
  const before = issues.count;
  const params = specs.map((spec, index) => {
    const param = paramOf(spec, given[index]);
    if (param === undefined) {
      issues.refuse(
        `${field}[${index}]`,
        "bad_param",
        `${spec.name} ${paramForm(spec)}${
          given[index] === undefined ? `, as in ${MEASURES[measure].example}` : paramMeant(spec, given[index])
        }`,
        given[index] ?? null,
      );
    }
    return param;
  });
  if (issues.count > before) return undefined;
  const reason = MEASURES[measure].refuse?.(params as Param[]);
  if (reason === undefined) return params as Param[];
  issues.refuse(field, "bad_params", reason, given);
  return undefined;
}

const NO_PARAMS: readonly Param[] = Object.freeze([]);

function paramOf(spec: ParamSpec, given: unknown): Param | undefined {
  if (given === undefined) return spec.default;
  if ("words" in spec) return spec.words.find((word) => word === given);
  const number = typeof given === "string" && /^\d{1,6}$/.test(given) ? Number(given) : given;
  const whole = typeof number === "number" && Number.isSafeInteger(number);
  return whole && number >= spec.min && number <= spec.max ? number : undefined;
}

/** Words one after the other; of many only the first and the last, between which the others count up. */
export function wordsInShort(words: readonly string[], between = ", "): string {
  return words.length > 12 ? `${words[0]} to ${words.at(-1)}` : words.join(between);
}

/** Minutes that were written without their unit. */
function paramMeant(spec: ParamSpec, given: unknown): string {
  const minutes = `${given}m`;
  return "words" in spec && spec.words.includes(minutes) ? `; did you mean ${minutes}?` : "";
}

/** What a parameter must be, for messages. */
function paramForm(spec: ParamSpec): string {
  return "words" in spec
    ? `must be one of ${wordsInShort(spec.words)}`
    : `must be a whole number from ${spec.min} to ${spec.max}`;
}

/** Reads the number that a measure is compared with, as units of its scale; undefined when it was refused. */
export function readThreshold(
  measure: MeasureName,
  given: unknown,
  field: string,
  issues: InputIssues,
): number | undefined {
  const spec = MEASURES[measure];
  const text = typeof given === "number" && Number.isFinite(given) ? plainText(given) : given;
  const parsed = typeof text === "string"
    ? parseUnits(text, spec.scale)
    : { fault: "not_a_decimal" as const };
  if ("fault" in parsed) {
    issues.refuse(field, parsed.fault, thresholdForm(spec), given);
    return undefined;
  }
  if (parsed.units < spec.min || parsed.units > spec.max) {
    issues.refuse(field, "out_of_range", thresholdForm(spec), given);
    return undefined;
  }
  return parsed.units;
}

/** What a threshold must be, for messages. */
function thresholdForm({ scale, min, max }: MeasureSpec): string {
  const form = scale > 0
    ? `a decimal with at most ${scale} places`
    : scale < 0
    ? `a multiple of ${10 ** -scale}`
    : "a whole number";
  const range = max >= MAX_UNITS && min <= -MAX_UNITS
    ? ""
    : ` from ${formatUnits(min, scale)} to ${formatUnits(max, scale)}`;
  return `must be ${form}${range}`;
}

/** A JSON number as decimal text. */
function plainText(value: number): string {
  const text = String(value + 0);
  return text.includes("e") ? value.toFixed(20) : text;
}
