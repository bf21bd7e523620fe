// The trade parser: by a template if one fits, else any JSON object, its keys in any order, unknown ones skipped, the
// last of a key that stands twice. Accepts and refuses exactly what src/market/decode_trade.ts does.

import { MAX_EVENT_TIME, MAX_EXACT, MAX_UNITS, SNAP_OPEN, SNAP_STATUS } from "../layout";
import { accept, at, end, peek, setCursorTo } from "./cursor";
import {
  ALL_KEYS,
  KEY_CHANGE,
  KEY_EVENT_TIME,
  KEY_HALTED,
  KEY_MARKET_SESSION,
  KEY_ORIGIN,
  KEY_PRICE,
  KEY_RATE,
  KEY_STRENGTH,
  KEY_TOTAL_ASK,
  KEY_TOTAL_BID,
  KEY_TURNOVER,
  KEY_VENUE,
  KEY_VI_BASE,
  KEY_VOLUME_RATE,
  KEYS_REQUIRED,
  KEY_SESSION,
  KEY_SIGN,
  KEY_SYMBOL,
  KEY_UNKNOWN,
  KEY_VOLUME,
  KEY_ACC_VALUE,
  KEY_ACC_VOLUME,
  keyOf,
  NO_KEYS,
} from "./json_keys";
import { digits, hundredths, isHundredths, isSignedUnits, isWhole, lastNumber, scanNumber, signedUnits } from "./json_number";
import { skipBlanks, skipValue } from "./json_skip";
import { fieldOf, NO_FIELD } from "./fields";
import { beginLayout, learnLayout, learnt, newest, noteValue, setNewest, templateAt } from "./json_template";
import { scanString, text, textLength } from "./json_string";
import { findValuesByTemplate, noteSpan, parseByTemplate, readFieldsByTemplate } from "./parse_template";
import { NO_SYMBOL, packSymbol } from "./symbol_code";
import * as trade from "./trade";

/** Whether the record was read by the newest template, so that its other numbers are read by it as well. */
let byTemplate: bool = false;
/** The other numbers of a record that was read without one, as a snapshot. */
const others: usize = memory.data(176, 16); // SNAP_SIZE

/** Reads the record at the cursor into the current trade; false: it is refused. */
export function parseTrade(): bool {
  byTemplate = true;
  if (learnt > 0) {
    if (parseByTemplate(templateAt(newest))) return true;
    for (let each: u32 = 0; each < learnt; each++) {
      if (each == newest || !parseByTemplate(templateAt(each))) continue;
      setNewest(each);
      return true;
    }
  }
  byTemplate = false;
  if (isOtherKind(at, end - at)) return false;
  beginLayout(at);
  if (!parseJson()) return false;
  learnLayout(end);
  return true;
}

/** Writes the other numbers of the record that was just read, whose first byte is `record`, to a snapshot. */
export function readFields(record: usize, into: usize): void {
  if (byTemplate) {
    forgetFields(into);
    readFieldsByTemplate(templateAt(newest), record, into);
  } else {
    memory.copy(into + SNAP_OPEN, others + SNAP_OPEN, SNAP_STATUS - SNAP_OPEN);
  }
}

/** Makes a snapshot say nothing of the numbers that a trade need not have. */
function forgetFields(into: usize): void {
  for (let field: usize = SNAP_OPEN; field < <usize>SNAP_STATUS; field += 8) store<f64>(into + field, NaN);
}

/** Whether a record says by its first key that it is something else than a trade: src/market/market_event.ts. */
export function isOtherKind(start: usize, length: usize): bool {
  return length >= 8 && load<u64>(start) == 0x3a22646e696b227b; // {"kind":
}

/**
 * Finds where the value of each known key stands in a trade's record: for each key u32 address, u32 length, 0 for a key that
 * the record does not have.
 */
export function findValues(record: usize, length: usize, into: usize): void {
  memory.fill(into, 0, (<usize>KEY_UNKNOWN) << 3);
  setCursorTo(record, record + length);
  if (parseTrade() && byTemplate) return findValuesByTemplate(templateAt(newest), record, into);
  setCursorTo(record, record + length);
  skipBlanks();
  accept(0x7b);
  do {
    skipBlanks();
    scanString();
    const key = keyOf();
    skipBlanks();
    accept(0x3a);
    skipBlanks();
    const start = at;
    skipValue();
    noteSpan(into, key, start, at);
    skipBlanks();
  } while (accept(0x2c));
}

function parseJson(): bool {
  trade.setExpected(false);
  trade.forgetOptional();
  forgetFields(others);
  let good = NO_KEYS;
  skipBlanks();
  if (!accept(0x7b)) return false;
  skipBlanks();
  if (accept(0x7d)) return false;
  while (true) {
    if (peek() != 0x22 || !scanString()) return false;
    const key = keyOf();
    skipBlanks();
    if (!accept(0x3a)) return false;
    skipBlanks();
    const start = at;
    if (key == KEY_UNKNOWN) {
      if (!skipValue()) return false;
    } else {
      if (key >= KEYS_REQUIRED) trade.forget(key);
      const read = readValue(key);
      if (read == NOT_JSON) return false;
      const field = fieldOf(key);
      if (field != NO_FIELD) store<f64>(others + field, read == GOOD ? lastNumber() : NaN);
      if (key < KEYS_REQUIRED) good = (good & ~(1 << key)) | (u32(read == GOOD) << key);
    }
    noteValue(key, start, at);
    skipBlanks();
    if (accept(0x2c)) {
      skipBlanks();
      continue;
    }
    if (!accept(0x7d)) return false;
    skipBlanks();
    return at == end && good == ALL_KEYS;
  }
}

const NOT_JSON: u32 = 0;
/** JSON, and not what the key may have. */
const BAD: u32 = 1;
const GOOD: u32 = 2;

function readValue(key: u32): u32 {
  const byte = peek();
  if (byte == 0x22) {
    if (!scanString()) return NOT_JSON;
    return readText(key) ? GOOD : BAD;
  }
  if (byte == 0x2d || byte - 0x30 <= 9) {
    if (!scanNumber()) return NOT_JSON;
    return readNumber(key) ? GOOD : BAD;
  }
  return skipValue() ? BAD : NOT_JSON;
}

/** Takes the last string as a key's value; false: the key has no such text. */
function readText(key: u32): bool {
  switch (key) {
    case KEY_SYMBOL:
      trade.setSymbol(packSymbol(text, textLength));
      return trade.symbol != NO_SYMBOL;
    case KEY_SIGN:
      trade.setSign(<u32>load<u8>(text) - 0x30);
      return textLength == 1 && trade.sign - 1 <= 4;
    case KEY_HALTED:
      trade.setHalted(load<u8>(text) == 0x59);
      return textLength == 1 && (trade.halted || load<u8>(text) == 0x4e);
    case KEY_SESSION:
      trade.setExpected(textLength != 1 || load<u8>(text) != 0x30);
      return true;
    case KEY_MARKET_SESSION:
      trade.setMarketSession(trade.marketSessionOf(text, textLength));
      return true;
    case KEY_VENUE:
      trade.setVenue(trade.venueOf(text, textLength));
      return true;
    case KEY_ORIGIN:
      trade.setFilled(trade.isFilled(text, textLength));
      trade.setPolled(trade.isPolled(text, textLength));
      return true;
    default:
      return false;
  }
}

/** Takes the last number as a key's value; false: the key has no such number. */
function readNumber(key: u32): bool {
  switch (key) {
    case KEY_EVENT_TIME:
      trade.setEventTime(digits);
      return isWhole(MAX_EVENT_TIME - 1);
    case KEY_PRICE:
      trade.setPrice(<i32>digits);
      return isWhole(MAX_UNITS);
    case KEY_CHANGE:
      trade.setChange(signedUnits());
      return isSignedUnits();
    case KEY_RATE:
      trade.setRate(hundredths());
      return isHundredths();
    case KEY_VOLUME:
      trade.setVolume(digits);
      return isWhole(MAX_EXACT);
    case KEY_ACC_VOLUME:
    case KEY_ACC_VALUE:
      return isWhole(MAX_EXACT);
    case KEY_SYMBOL:
    case KEY_SIGN:
    case KEY_HALTED:
    case KEY_SESSION:
    case KEY_MARKET_SESSION:
    case KEY_VENUE:
    case KEY_ORIGIN:
      return false;
    case KEY_STRENGTH:
    case KEY_TURNOVER:
    case KEY_VI_BASE:
    case KEY_VOLUME_RATE:
    case KEY_TOTAL_BID:
    case KEY_TOTAL_ASK:
      return true;
    default:
      return isWhole(MAX_UNITS); // open, high, low, ask, bid
  }
}
