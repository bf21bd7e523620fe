// JSON numbers, with the form they are written in: what may be a price and what may not.

import { MAX_EXACT, MAX_UNITS } from "../layout";
import { accept, at, end, moveTo, peek } from "./cursor";

/** The digits of the last number without its point, saturated far above every limit. */
export let digits: i64 = 0;
/** How many of them stand after the point. */
export let decimals: u32 = 0;
export let negative: bool = false;
export let exponent: bool = false;

const SATURATED: i64 = 1000000000000000000;

/** Steps over a JSON number; false: there is none. */
export function scanNumber(): bool {
  digits = 0;
  decimals = 0;
  exponent = false;
  negative = accept(0x2d);
  if (peek() == 0x30) moveTo(at + 1);
  else if (scanDigits() == 0) return false;
  if (accept(0x2e)) {
    decimals = scanDigits();
    if (decimals == 0) return false;
  }
  if ((peek() | 0x20) == 0x65) {
    exponent = true;
    moveTo(at + 1);
    if (!accept(0x2b)) accept(0x2d);
    if (scanDigits() == 0) return false; // disturbs `digits`, which no number with an exponent needs
  }
  return true;
}

function scanDigits(): u32 {
  const start = at;
  let place = at;
  while (place < end) {
    const digit = <u32>load<u8>(place) - 0x30;
    if (digit > 9) break;
    if (digits < SATURATED) digits = digits * 10 + digit;
    place++;
  }
  moveTo(place);
  return <u32>(place - start);
}

/** Whether the last number is a plain integer from 0 to `max`, without sign. */
// @ts-ignore: decorator
@inline
export function isWhole(max: i64): bool {
  return !negative && decimals == 0 && !exponent && digits <= max;
}

/** Whether the last number is a plain integer of at most MAX_UNITS either way. */
// @ts-ignore: decorator
@inline
export function isSignedUnits(): bool {
  return decimals == 0 && !exponent && digits <= MAX_UNITS;
}

/** Whether the last number has at most two decimals and, in hundredths, at most MAX_UNITS either way. */
// @ts-ignore: decorator
@inline
export function isHundredths(): bool {
  return decimals <= 2 && !exponent && hundredthsSize() <= MAX_UNITS;
}

// @ts-ignore: decorator
@inline
export function signedUnits(): i32 {
  return <i32>(negative ? -digits : digits);
}

// @ts-ignore: decorator
@inline
export function hundredths(): i32 {
  return <i32>(negative ? -hundredthsSize() : hundredthsSize());
}

/** The last number's value, as JSON.parse reads it where it has no exponent and at most fifteen digits. */
export function lastNumber(): f64 {
  let scale: f64 = 1;
  for (let each: u32 = 0; each < min<u32>(decimals, 22); each++) scale *= 10;
  const size = <f64>digits / scale;
  return negative ? -size : size;
}

// @ts-ignore: decorator
@inline
function hundredthsSize(): i64 {
  if (digits > MAX_EXACT) return digits;
  return decimals == 0 ? digits * 100 : decimals == 1 ? digits * 10 : digits;
}
