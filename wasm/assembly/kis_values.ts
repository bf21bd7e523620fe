// The values of KIS fields: text of any length between two carets, in the forms of src/market/kis/values.ts.

import { MAX_EXACT, MAX_UNITS } from "../layout";
import { countDigits, digitsToInt } from "./digits";

/** What no field may hold. */
export const BAD: i64 = i64.MIN_VALUE;

/** An integer of 1 to 15 digits, with or without a sign. */
// @ts-ignore: decorator
@inline
export function readInteger(start: usize, after: usize): i64 {
  const sign = load<u8>(start);
  const signed = usize(sign == 0x2d || sign == 0x2b);
  const at = start + signed;
  const digits = countDigits(at);
  if (digits - 1 > 14 || at + digits != after) return BAD;
  const size = digitsToInt(at, digits);
  return sign == 0x2d ? -size : size;
}

/** A decimal in hundredths: exact at two places, zeros may follow. */
// @ts-ignore: decorator
@inline
export function readHundredths(start: usize, after: usize): i64 {
  const sign = load<u8>(start);
  const at = start + usize(sign == 0x2d || sign == 0x2b);
  const whole = countDigits(at);
  const plain = whole - 1 <= 7 && at + whole + 3 == after && load<u8>(at + whole) == 0x2e;
  if (!plain) return readHundredthsSlowly(start, after);
  const tenths = <u32>load<u8>(at + whole, 1) - 0x30;
  const hundredths = <u32>load<u8>(at + whole, 2) - 0x30;
  if (tenths > 9 || hundredths > 9) return BAD;
  const size = digitsToInt(at, whole) * 100 + tenths * 10 + hundredths;
  return sign == 0x2d ? -size : size;
}

function readHundredthsSlowly(start: usize, after: usize): i64 {
  let at = start;
  const negative = at < after && load<u8>(at) == 0x2d;
  if (at < after && (negative || load<u8>(at) == 0x2b)) at++;
  let size: i64 = 0;
  const whole = at;
  for (; at < after && <u32>load<u8>(at) - 0x30 <= 9; at++) {
    if (size <= MAX_UNITS) size = size * 10 + (load<u8>(at) - 0x30);
  }
  if (at == whole) return BAD;
  let places: i32 = 0;
  if (at < after) {
    if (load<u8>(at++) != 0x2e || at == after) return BAD;
    for (; at < after; at++, places++) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 9 || (places >= 2 && digit != 0)) return BAD;
      if (places < 2) size = size * 10 + digit;
    }
  }
  for (; places < 2; places++) size *= 10;
  return size > MAX_EXACT ? BAD : negative ? -size : size;
}

/** The last time of day and the last date that were read: records that follow each other mostly have the same. */
let lastHour: u64 = 0;
let lastHourMs: i64 = BAD;
let lastDate: u64 = 0;
let lastDay: i64 = BAD;

/** HHMMSS as milliseconds of the day, or BAD. */
// @ts-ignore: decorator
@inline
export function readHour(start: usize, after: usize): i64 {
  if (after - start != 6) return BAD;
  const hour = load<u64>(start) & 0xffffffffffff;
  if (hour != lastHour) {
    lastHourMs = hourOf(start);
    lastHour = hour;
  }
  return lastHourMs;
}

function hourOf(start: usize): i64 {
  if (countDigits(start) < 6) return BAD;
  const hhmmss = <i32>digitsToInt(start, 6);
  const hours = hhmmss / 10000;
  const minutes = hhmmss / 100 % 100;
  const seconds = hhmmss % 100;
  if (hours > 23 || minutes > 59 || seconds > 59) return BAD;
  return <i64>((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** YYYYMMDD as the day since 1970-01-01, or BAD; 1970 to 2099. */
// @ts-ignore: decorator
@inline
export function readDay(start: usize, after: usize): i64 {
  if (after - start != 8) return BAD;
  const date = load<u64>(start);
  if (date != lastDate) {
    lastDay = dayOf(start);
    lastDate = date;
  }
  return lastDay;
}

function dayOf(start: usize): i64 {
  if (countDigits(start) < 8) return BAD;
  const date = <i32>digitsToInt(start, 8);
  const year = date / 10000;
  const month = date / 100 % 100;
  const day = date % 100;
  if (year < 1970 || year > 2099 || month < 1 || month > 12 || day < 1 || day > daysOf(month, year)) return BAD;
  // Years counted from March, so that the leap day comes last; 1970 to 2099 has a leap year every four.
  const shifted = month > 2 ? year : year - 1;
  const fromMarch = (month + 9) % 12;
  return (shifted - 1969) * 365 + (shifted - 1968) / 4 + (153 * fromMarch + 2) / 5 + day - 1 - 306;
}

function daysOf(month: i32, year: i32): i32 {
  if (month == 2) return year % 4 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
