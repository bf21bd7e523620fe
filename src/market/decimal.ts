/**
 * Exact decimals: a number of units at a fixed scale. KRW prices have scale 0, rates in per cent scale 2.
 *
 * @module
 */

/** Decimal places of a price in won. */
export const PRICE_SCALE = 0;
/** Decimal places of a rate in per cent. */
export const RATE_SCALE = 2;
/** The largest magnitude, in units, a decimal may have: what the engine keeps in 32 bits, sign and +1 kept free. */
export const MAX_UNITS = 2_000_000_000;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Why a decimal was refused. */
export type DecimalFault = "not_a_decimal" | "too_many_decimals" | "out_of_range";

/**
 * The units of a decimal text at a scale, exact: ("1.9", 2) is 190, ("5.125", 2) is refused, ("5.10", 1) is 51.
 * A negative scale counts in tens: ("50000", -4) is 5. No exponent, no blanks, no separators.
 */
export function parseUnits(text: string, scale: number): { units: number } | { fault: DecimalFault } {
  const match = DECIMAL.exec(text);
  if (match === null) return { fault: "not_a_decimal" };
  const [, sign, whole, fraction = ""] = match;
  if (/[1-9]/.test(fraction.slice(Math.max(0, scale)))) return { fault: "too_many_decimals" };
  const shifted = scale >= 0
    ? whole + fraction.slice(0, scale).padEnd(scale, "0")
    : shortened(whole!, -scale);
  if (shifted === undefined) return { fault: "too_many_decimals" };
  const digits = shifted.replace(/^0+(?=\d)/, "");
  if (digits.length > 10 || Number(digits) > MAX_UNITS) return { fault: "out_of_range" };
  const units = Number(digits);
  return { units: sign === "-" && units !== 0 ? -units : units };
}

/** A whole number without its last digits, which must be zeros; undefined when they are not. */
function shortened(whole: string, places: number): string | undefined {
  const padded = whole.padStart(places + 1, "0");
  return /^0*$/.test(padded.slice(-places)) ? padded.slice(0, -places) : undefined;
}

/** The shortest decimal text of units at a scale: (190, 2) is "1.9", (-56, 2) is "-0.56". */
export function formatUnits(units: number, scale: number): string {
  // Both are whole and small, so the quotient's shortest text is the decimal itself.
  return String(scale < 0 ? units * 10 ** -scale : units / 10 ** scale);
}
