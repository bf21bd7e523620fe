/**
 * Exact decimals: a number of units at a fixed scale. KRW prices have scale 0, rates in per cent scale 2.
 *
 * @module
 */

/** Decimal places of a price in won. */
export const PRICE_SCALE = 0;
/** Decimal places of a rate in per cent. */
export const RATE_SCALE = 2;
/** The largest magnitude, in units, a decimal may have: what the engine holds in 32 bits, sign and +1 kept free. */
export const MAX_UNITS = 2_000_000_000;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Why a decimal was refused. */
export type DecimalFault = "not_a_decimal" | "too_many_decimals" | "out_of_range";

/**
 * The units of a decimal text at a scale, exact: ("1.9", 2) is 190, ("5.125", 2) is refused, ("5.10", 1) is 51.
 * No exponent, no blanks, no separators.
 */
export function parseUnits(text: string, scale: number): { units: number } | { fault: DecimalFault } {
  const match = DECIMAL.exec(text);
  if (match === null) return { fault: "not_a_decimal" };
  const [, sign, whole, fraction = ""] = match;
  if (/[1-9]/.test(fraction.slice(scale))) return { fault: "too_many_decimals" };
  const digits = (whole + fraction.slice(0, scale).padEnd(scale, "0")).replace(/^0+(?=\d)/, "");
  if (digits.length > 10 || Number(digits) > MAX_UNITS) return { fault: "out_of_range" };
  const units = Number(digits);
  return { units: sign === "-" && units !== 0 ? -units : units };
}

/** The shortest decimal text of units at a scale: (190, 2) is "1.9", (-56, 2) is "-0.56". */
export function formatUnits(units: number, scale: number): string {
  // Both are whole and small, so the quotient's shortest text is the decimal itself.
  return String(units / 10 ** scale);
}
