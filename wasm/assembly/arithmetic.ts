// How measures reckon: the same doubles in the same order as src/rules/measures/measure.ts.

import { MAX_UNITS, NO_VALUE } from "../layout";

/** No comparison changes by what is beyond the largest threshold. */
// @ts-ignore: decorator
@inline
export function clamp(units: f64): i32 {
  return <i32>max(min(units, <f64>(MAX_UNITS + 1)), -<f64>(MAX_UNITS + 1));
}

/** `numerator / denominator` in units of a scale, half away from zero. */
export function ratio(numerator: f64, denominator: f64, scale: f64): i32 {
  const size = floor(abs(numerator) * scale / denominator + 0.5);
  return clamp(numerator < 0 ? -size : size);
}

export function percent(part: f64, whole: f64): i32 {
  return whole > 0 ? ratio(part, whole, 10000) : NO_VALUE;
}

export function decimalUnits(value: f64): i32 {
  return isNaN(value) ? NO_VALUE : ratio(value, 1, 100);
}
