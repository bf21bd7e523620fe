import { MAX_UNITS, parseUnits, RATE_SCALE } from "../../../market/decimal.ts";
import { dayOfDate, timeOfHour } from "../../../market/seoul_time.ts";
import type { Sign } from "../../../market/trade.ts";
import type { RestChange } from "../../../ports/quotations.ts";

/** One object of an answer: KIS gives every value as text, blank where it has none. */
export type RestRow = Readonly<Record<string, unknown>>;

/** The rows of `output`, `output1` or `output2`: a list, or one object, or nothing at all. */
export function rowsOf(output: unknown): readonly RestRow[] {
  const list = Array.isArray(output) ? output : [output];
  return list.filter((row): row is RestRow => typeof row === "object" && row !== null && !Array.isArray(row));
}

/** A text without blanks around it; "" where there is none, and for the `(null)` that KIS really writes. */
export function textIn(row: RestRow, name: string): string {
  const value = row[name];
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  return text === "(null)" ? "" : text;
}

/** A whole number from 0; undefined for anything else. */
export function countIn(row: RestRow, name: string): number | undefined {
  const text = textIn(row, name);
  // Some routes write "71900.00".
  const whole = /^\+?(\d{1,15})(?:\.0+)?$/.exec(text)?.[1];
  return whole === undefined ? undefined : Number(whole);
}

/** Won above 0; undefined for a blank, a zero and anything else. */
export function priceIn(row: RestRow, name: string): number | undefined {
  const value = countIn(row, name);
  return value !== undefined && value > 0 && value <= MAX_UNITS ? value : undefined;
}

/** `YYYYMMDD`. */
export function dateIn(row: RestRow, name: string): string | undefined {
  const text = textIn(row, name);
  return dayOfDate(text) === undefined ? undefined : text;
}

/** `HHMMSS`. */
export function hourIn(row: RestRow, name: string): string | undefined {
  const text = textIn(row, name);
  return timeOfHour(text) === undefined ? undefined : text;
}

/**
 * Sign, change and rate of a row. Some routes write a fall with a minus, others leave that to the sign alone: the sign
 * decides.
 */
export function changeIn(row: RestRow, names: { change: string; rate: string }): RestChange | undefined {
  const sign = textIn(row, "prdy_vrss_sign");
  const change = /^[+-]?(\d{1,10})(?:\.0+)?$/.exec(textIn(row, names.change))?.[1];
  const rate = parseUnits(textIn(row, names.rate), RATE_SCALE);
  if (!/^[1-5]$/.test(sign) || change === undefined || !("units" in rate)) return undefined;
  const towards = sign === "4" || sign === "5" ? -1 : 1;
  return {
    sign: sign as Sign,
    change: towards * Number(change) + 0,
    rate: towards * Math.abs(rate.units) / 100 + 0,
  };
}
