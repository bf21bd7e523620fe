// The fast parser: a record that is laid out like one that was read before; see json_template.ts. Its answers are those
// of parse_json.ts, or none.

import {
  MAX_EVENT_TIME,
  SEGMENT_KEY,
  SEGMENT_KIND,
  SEGMENT_LENGTH,
  SEGMENT_MASK,
  SEGMENT_SIZE,
  SEGMENT_TEXT,
} from "../layout";
import { fieldOf, NO_FIELD } from "./fields";
import { at as recordStart, end } from "./cursor";
import { countDigits, digitsToInt, textEnd } from "./digits";
import {
  KIND_CHANGE,
  KIND_COUNT,
  KIND_HALTED,
  KIND_MARKET_SESSION,
  KIND_NUMBER,
  KIND_ORIGIN,
  KIND_PRICE,
  KIND_RATE,
  KIND_SESSION,
  KIND_SIGN,
  KIND_SYMBOL,
  KIND_TAIL,
  KIND_TEXT,
  KIND_TIME,
  KIND_UNITS,
  KIND_VENUE,
  KIND_VOLUME,
} from "./json_template";
import { KEY_UNKNOWN } from "./json_keys";
import { NO_SYMBOL, packSymbol } from "./symbol_code";
import * as trade from "./trade";

/** Reads the record at the cursor by a template; false: it does not fit, which says nothing about the record. */
export function parseByTemplate(template: usize): bool {
  let at = recordStart;
  let segment = template;
  trade.setExpected(false);
  trade.forgetOptional();
  while (true) {
    const length = <usize>load<u32>(segment, SEGMENT_LENGTH);
    let differs = v128.and(v128.xor(v128.load(at), v128.load(segment, SEGMENT_TEXT)), v128.load(segment, SEGMENT_MASK));
    if (length > 16) {
      const more = v128.xor(v128.load(at, 16), v128.load(segment, SEGMENT_TEXT + 16));
      differs = v128.or(differs, v128.and(more, v128.load(segment, SEGMENT_MASK + 16)));
    }
    if (v128.any_true(differs)) return false;
    at += length;
    if (at > end) return false;
    const kind = load<u32>(segment, SEGMENT_KIND);
    segment += SEGMENT_SIZE;
    switch (kind) {
      case KIND_UNITS: {
        const digits = countDigits(at);
        if (digits - 1 > 8 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        at += digits;
        break;
      }
      case KIND_COUNT: {
        const digits = countDigits(at);
        if (digits - 1 > 14 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        at += digits;
        break;
      }
      case KIND_PRICE: {
        const digits = countDigits(at);
        if (digits - 1 > 8 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        trade.setPrice(<i32>digitsToInt(at, digits));
        at += digits;
        break;
      }
      case KIND_CHANGE: {
        const minus = <usize>(load<u8>(at) == 0x2d);
        at += minus;
        const digits = countDigits(at);
        if (digits - 1 > 8 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        const size = <i32>digitsToInt(at, digits);
        trade.setChange(minus ? -size : size);
        at += digits;
        break;
      }
      case KIND_RATE: {
        at = readRate(at);
        if (at == 0) return false;
        break;
      }
      case KIND_VOLUME: {
        const digits = countDigits(at);
        if (digits - 1 > 14 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        trade.setVolume(digitsToInt(at, digits));
        at += digits;
        break;
      }
      case KIND_TIME: {
        const digits = countDigits(at);
        if (digits - 1 > 12 || (load<u8>(at) == 0x30 && digits > 1)) return false;
        const time = digitsToInt(at, digits);
        if (time >= MAX_EVENT_TIME) return false;
        trade.setEventTime(time);
        at += digits;
        break;
      }
      case KIND_SYMBOL: {
        const length: usize = load<u8>(at, 6) == 0x22 ? 6 : 7;
        const code = packSymbol(at, length);
        if (code == NO_SYMBOL) return false;
        trade.setSymbol(code);
        at += length;
        break;
      }
      case KIND_SIGN: {
        const sign = <u32>load<u8>(at) - 0x30;
        if (sign - 1 > 4) return false;
        trade.setSign(sign);
        at++;
        break;
      }
      case KIND_HALTED: {
        const flag = load<u8>(at);
        if (flag != 0x4e && flag != 0x59) return false;
        trade.setHalted(flag == 0x59);
        at++;
        break;
      }
      case KIND_SESSION: {
        const after = textEnd(at);
        if (after == 0) return false;
        trade.setExpected(after != at + 1 || load<u8>(at) != 0x30);
        at = after;
        break;
      }
      case KIND_MARKET_SESSION: {
        const after = textEnd(at);
        if (after == 0) return false;
        trade.setMarketSession(trade.marketSessionOf(at, after - at));
        at = after;
        break;
      }
      case KIND_VENUE: {
        const after = textEnd(at);
        if (after == 0) return false;
        trade.setVenue(trade.venueOf(at, after - at));
        at = after;
        break;
      }
      case KIND_ORIGIN: {
        const after = textEnd(at);
        if (after == 0) return false;
        trade.setFilled(trade.isFilled(at, after - at));
        trade.setPolled(trade.isPolled(at, after - at));
        at = after;
        break;
      }
      case KIND_NUMBER: {
        at = numberEnd(at);
        if (at == 0) return false;
        break;
      }
      case KIND_TEXT: {
        at = textEnd(at);
        if (at == 0) return false;
        break;
      }
      default:
        return at == end;
    }
  }
}

/**
 * Writes a record's other numbers to a snapshot: of one that the template has just been found to fit, so nothing is
 * checked again.
 */
export function readFieldsByTemplate(template: usize, record: usize, into: usize): void {
  let at = record;
  let segment = template;
  while (true) {
    at += <usize>load<u32>(segment, SEGMENT_LENGTH);
    const kind = load<u32>(segment, SEGMENT_KIND);
    const field = fieldOf(load<u32>(segment, SEGMENT_KEY));
    segment += SEGMENT_SIZE;
    switch (kind) {
      case KIND_UNITS:
      case KIND_COUNT:
      case KIND_PRICE:
      case KIND_VOLUME:
      case KIND_TIME: {
        const digits = countDigits(at);
        if (field != NO_FIELD) store<f64>(into + field, <f64>digitsToInt(at, digits));
        at += digits;
        break;
      }
      case KIND_NUMBER: {
        const after = numberEnd(at);
        if (field != NO_FIELD) store<f64>(into + field, decimalOf(at, after));
        at = after;
        break;
      }
      case KIND_TAIL:
        return;
      default:
        // A text in place of a number.
        if (field != NO_FIELD) store<f64>(into + field, NaN);
        at = valueEnd(kind, at);
    }
  }
}

/**
 * Writes where the value of each known key stands in a record, as VALUE_SPANS say: of one that the template has just been
 * found to fit.
 */
export function findValuesByTemplate(template: usize, record: usize, into: usize): void {
  let at = record;
  let segment = template;
  while (true) {
    at += <usize>load<u32>(segment, SEGMENT_LENGTH);
    const kind = load<u32>(segment, SEGMENT_KIND);
    const key = load<u32>(segment, SEGMENT_KEY);
    segment += SEGMENT_SIZE;
    if (kind == KIND_TAIL) return;
    // Texts begin and end within their quotes.
    const quotes = usize(load<u8>(at - 1) == 0x22);
    const start = at - quotes;
    at = valueEnd(kind, at);
    noteSpan(into, key, start, at + quotes);
  }
}

/** Where a value ends that fits the template; a text on its closing quote. */
function valueEnd(kind: u32, at: usize): usize {
  switch (kind) {
    case KIND_UNITS:
    case KIND_COUNT:
    case KIND_PRICE:
    case KIND_VOLUME:
    case KIND_TIME:
      return at + countDigits(at);
    case KIND_NUMBER:
    case KIND_CHANGE:
    case KIND_RATE:
      return numberEnd(at);
    case KIND_SYMBOL:
      return at + (load<u8>(at, 6) == 0x22 ? 6 : 7);
    case KIND_SIGN:
    case KIND_HALTED:
      return at + 1;
    default:
      return textEnd(at);
  }
}

/** Notes where a key's value stands. */
// @ts-ignore: decorator
@inline
export function noteSpan(into: usize, key: u32, start: usize, after: usize): void {
  if (key >= KEY_UNKNOWN) return;
  store<u32>(into + ((<usize>key) << 3), <u32>start);
  store<u32>(into + ((<usize>key) << 3), <u32>(after - start), 4);
}

/** A plain number's value, as JSON.parse reads it: at most fifteen digits either side of the point. */
function decimalOf(start: usize, after: usize): f64 {
  const minus = usize(load<u8>(start) == 0x2d);
  const at = start + minus;
  const whole = countDigits(at);
  let digits = digitsToInt(at, whole);
  let scale: f64 = 1;
  if (at + whole < after) {
    const decimals = after - at - whole - 1;
    if (whole + decimals > 15) return decimalOfMany(start, after);
    for (let each: usize = 0; each < decimals; each++) scale *= 10;
    digits = digits * <i64>scale + digitsToInt(at + whole + 1, decimals);
  }
  const size = <f64>digits / scale;
  return minus ? -size : size;
}

/** The first fifteen digits of a longer number: what a measure rounds away anyway. */
function decimalOfMany(start: usize, after: usize): f64 {
  let digits: i64 = 0;
  let taken: u32 = 0;
  let scale: f64 = 1;
  let fraction = false;
  const minus = load<u8>(start) == 0x2d;
  for (let at = start + usize(minus); at < after && taken < 15; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) {
      fraction = true;
      continue;
    }
    digits = digits * 10 + digit;
    taken++;
    if (fraction) scale *= 10;
  }
  const size = <f64>digits / scale;
  return minus ? -size : size;
}

/**
 * Reads a rate of at most seven digits before the point and two after it.
 *
 * @returns where it ends, or 0.
 */
// @ts-ignore: decorator
@inline
function readRate(start: usize): usize {
  const minus = <usize>(load<u8>(start) == 0x2d);
  let at = start + minus;
  const whole = countDigits(at);
  if (whole - 1 > 6 || (load<u8>(at) == 0x30 && whole > 1)) return 0;
  let size = <i32>digitsToInt(at, whole) * 100;
  at += whole;
  if (load<u8>(at) == 0x2e) {
    const tenths = <u32>load<u8>(at, 1) - 0x30;
    if (tenths > 9) return 0;
    size += tenths * 10;
    at += 2;
    const hundredths = <u32>load<u8>(at) - 0x30;
    if (hundredths <= 9) {
      size += hundredths;
      at++;
    }
  }
  trade.setRate(minus ? -size : size);
  return at;
}

/** Where a plain number without exponent ends, or 0. */
function numberEnd(start: usize): usize {
  let at = start + usize(load<u8>(start) == 0x2d);
  const whole = countDigits(at);
  if (whole - 1 > 14 || (load<u8>(at) == 0x30 && whole > 1)) return 0;
  at += whole;
  if (load<u8>(at) != 0x2e) return at;
  const decimals = countDigits(at + 1);
  return decimals - 1 > 14 ? 0 : at + 1 + decimals;
}
