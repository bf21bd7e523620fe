import { InputError } from "../core/errors.ts";
import { formatUnits, parseUnits } from "../market/decimal.ts";
import { MEASURES } from "../rules/measures.ts";
import { NO_SHORTHAND } from "../rules/shorthand.ts";
import type { Rule } from "../rules/rule.ts";

/** Thresholds that are tried in place of a rule's own. */
export interface Sweep {
  /** Which of its conditions, from 0. */
  readonly condition: number;
  readonly from: number;
  readonly to: number;
  /** Above 0. */
  readonly step: number;
}

/** One of them. */
export interface SweepStep {
  /** The threshold as it is written: `71500`. */
  readonly value: string;
  readonly rule: Rule;
}

/** The most thresholds of a sweep. */
const MOST_STEPS = 500;

const FORM = /^value([1-4])?=([+-]?[\d.]+)\.\.([+-]?[\d.]+)\/([\d.]+)$/;

/**
 * Reads `value=60000..80000/500`; `value2=…` is of the second condition.
 *
 * @throws {InputError} `bad_sweep`.
 */
export function parseSweep(text: string, field = "--sweep"): Sweep {
  const parts = FORM.exec(text.trim());
  if (parts === null) {
    throw refused(field, 'must be like "value=60000..80000/500", value2 for the second condition', text);
  }
  const [, condition = "1", from, to, step] = parts;
  return {
    condition: Number(condition) - 1,
    from: Number(from),
    to: Number(to),
    step: Number(step),
  };
}

/**
 * The rules of a sweep, ascending by threshold. Their ids are `RULE~1`, `RULE~2`, …
 *
 * @throws {InputError} `bad_sweep`: more than {@link MOST_STEPS}, a condition that is not there, a threshold that its measure
 * cannot have.
 */
export function sweptRules(rule: Rule, sweep: Sweep, field = "--sweep"): readonly SweepStep[] {
  const { from, to, step } = sweep;
  const condition = rule.conditions[sweep.condition];
  if (condition === undefined) {
    throw refused(field, `has condition ${sweep.condition + 1}, the rule has ${rule.conditions.length}`);
  }
  const { scale, min, max } = MEASURES[condition.measure];
  const [low, high, by] = [from, to, step].map((number) => unitsOf(number, scale, field)) as [
    number,
    number,
    number,
  ];
  if (by <= 0 || high < low) throw refused(field, "must rise: value=LOW..HIGH/STEP");
  if (low < min || high > max) {
    const range = `${formatUnits(min, scale)} to ${formatUnits(max, scale)}`;
    throw refused(field, `must be within ${range}, as ${condition.measure} is`);
  }
  const count = Math.floor((high - low) / by) + 1;
  if (count > MOST_STEPS) throw refused(field, `has ${count} steps, at most ${MOST_STEPS} are tried at once`);
  return Array.from({ length: count }, (_, each) => {
    const value = low + each * by;
    const conditions = rule.conditions.with(sweep.condition, { ...condition, value });
    return {
      value: formatUnits(value, scale),
      rule: { ...rule, ...NO_SHORTHAND, conditions, id: `${rule.id}~${each + 1}` },
    };
  });
}

function unitsOf(number: number, scale: number, field: string): number {
  const parsed = parseUnits(String(number), scale);
  if ("units" in parsed) return parsed.units;
  throw refused(field, `must be numbers with at most ${Math.max(0, scale)} decimals`, number);
}

function refused(field: string, reason: string, value?: unknown): InputError {
  const issue = { field, code: "bad_sweep", reason };
  return new InputError("bad_sweep", [value === undefined ? issue : { ...issue, value }]);
}
