// Templates: the layouts of records that were parsed before. Producers write their keys in one order, so a record is
// mostly known text with values in between: compare the text sixteen bytes at once, read the values, and be done. What
// does not fit is left to parse_json.ts; nothing is accepted here that would be refused there.
//
//   {"symbol":"005930","eventTime":1764115200123,"price":53200 ... "halted":"N"}
//   [ text    ][value][ text        ][ value    ][ text  ][  ] ...  [ text   ]V[] tail
//
// A template's segment is the text before a value and the kind of the value. The tail is a segment without a value.

import {
  SEGMENT_KEY,
  SEGMENT_KIND,
  SEGMENT_LENGTH,
  SEGMENT_MASK,
  SEGMENT_SIZE,
  SEGMENT_TEXT,
  SEGMENT_TEXT_MAX,
  TEMPLATE_COUNT,
  TEMPLATE_SEGMENTS,
  TEMPLATE_SIZE,
} from "../layout";
import {
  KEY_ACC_VALUE,
  KEY_ACC_VOLUME,
  KEY_CHANGE,
  KEY_EVENT_TIME,
  KEY_HALTED,
  KEY_MARKET_SESSION,
  KEY_ORIGIN,
  KEY_PRICE,
  KEY_RATE,
  KEY_SESSION,
  KEY_SIGN,
  KEY_SYMBOL,
  KEY_STRENGTH,
  KEY_UNKNOWN,
  KEY_VENUE,
  KEY_VOLUME,
} from "./json_keys";

/** The kinds of values. Some keys' values are read, the others are only checked. */
export const KIND_TAIL: u32 = 0;
export const KIND_SYMBOL: u32 = 1;
export const KIND_TIME: u32 = 2;
export const KIND_PRICE: u32 = 3;
export const KIND_SIGN: u32 = 4;
export const KIND_CHANGE: u32 = 5;
export const KIND_RATE: u32 = 6;
export const KIND_VOLUME: u32 = 7;
export const KIND_HALTED: u32 = 8;
export const KIND_SESSION: u32 = 9;
/** A price that is only checked: at most nine digits. */
export const KIND_UNITS: u32 = 10;
/** A count that is only checked: at most fifteen digits. */
export const KIND_COUNT: u32 = 11;
export const KIND_NUMBER: u32 = 12;
export const KIND_TEXT: u32 = 13;
export const KIND_MARKET_SESSION: u32 = 14;
export const KIND_VENUE: u32 = 15;
export const KIND_ORIGIN: u32 = 16;

/** The templates and, after them, the draft: the layout of the record that is being parsed slowly. */
const templates: usize = memory.data(2560 * 5, 16); // TEMPLATE_SIZE * (TEMPLATE_COUNT + 1)
const draft: usize = templates + TEMPLATE_SIZE * TEMPLATE_COUNT;

/** The template that fitted last; it is tried first. */
export let newest: u32 = 0;
/** How many have been learnt. */
export let learnt: u32 = 0;
let oldest: u32 = 0;

/** How many segments the draft has, and whether it can become a template. */
let segments: u32 = 0;
let learnable: bool = false;
/** Where the text before the next value begins. */
let textStart: usize = 0;

// @ts-ignore: decorator
@inline
export function templateAt(index: u32): usize {
  return templates + (<usize>index) * TEMPLATE_SIZE;
}

/** Says which template fitted. */
// @ts-ignore: decorator
@inline
export function setNewest(index: u32): void {
  newest = index;
}

/** A record begins that no template fits. */
export function beginLayout(start: usize): void {
  segments = 0;
  learnable = true;
  textStart = start;
}

/** A member was read: its key, its value's first byte and the first after it. Of a key that stands twice the last counts. */
export function noteValue(key: u32, start: usize, after: usize): void {
  if (!learnable) return;
  const quoted = load<u8>(start) == 0x22;
  const kind = kindOf(key, load<u8>(start));
  learnable = kind != KIND_TAIL && segments + 1 < <u32>TEMPLATE_SEGMENTS && writeSegment(start + usize(quoted), kind, key);
  textStart = after - usize(quoted);
}

/** The record was accepted: its layout becomes a template, in place of the oldest. */
export function learnLayout(end: usize): void {
  if (!learnable || !writeSegment(end, KIND_TAIL, KEY_UNKNOWN)) return;
  memory.copy(templateAt(oldest), draft, TEMPLATE_SIZE);
  newest = oldest;
  oldest = (oldest + 1) % TEMPLATE_COUNT;
  learnt = min<u32>(learnt + 1, TEMPLATE_COUNT);
}

/** Adds to the draft the text from textStart to `textEnd` and the kind of what follows; false: the text is too long. */
function writeSegment(textEnd: usize, kind: u32, key: u32): bool {
  const length = textEnd - textStart;
  if (length > <usize>SEGMENT_TEXT_MAX) return false;
  const at = draft + (<usize>segments) * SEGMENT_SIZE;
  memory.fill(at, 0, SEGMENT_SIZE);
  memory.copy(at + SEGMENT_TEXT, textStart, length);
  memory.fill(at + SEGMENT_MASK, 0xff, length);
  store<u32>(at, <u32>length, SEGMENT_LENGTH);
  store<u32>(at, kind, SEGMENT_KIND);
  store<u32>(at, key, SEGMENT_KEY);
  segments++;
  return true;
}

/** The kind of a key's value that begins with a byte; KIND_TAIL: none that a template can have. */
function kindOf(key: u32, first: u32): u32 {
  const text = first == 0x22;
  if (!text && first != 0x2d && first - 0x30 > 9) return KIND_TAIL;
  switch (key) {
    case KEY_SYMBOL: return KIND_SYMBOL;
    case KEY_EVENT_TIME: return KIND_TIME;
    case KEY_PRICE: return KIND_PRICE;
    case KEY_SIGN: return KIND_SIGN;
    case KEY_CHANGE: return KIND_CHANGE;
    case KEY_RATE: return KIND_RATE;
    case KEY_VOLUME: return KIND_VOLUME;
    case KEY_HALTED: return KIND_HALTED;
    case KEY_SESSION: return KIND_SESSION;
    case KEY_MARKET_SESSION: return text ? KIND_MARKET_SESSION : KIND_NUMBER;
    case KEY_ACC_VOLUME:
    case KEY_ACC_VALUE: return KIND_COUNT;
    case KEY_VENUE: return text ? KIND_VENUE : KIND_NUMBER;
    case KEY_ORIGIN: return text ? KIND_ORIGIN : KIND_NUMBER;
    default:
      if (key >= KEY_STRENGTH) return text ? KIND_TEXT : KIND_NUMBER;
      return KIND_UNITS; // open, high, low, ask, bid
  }
}
