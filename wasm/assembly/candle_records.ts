// Closed candles as the records of a record batch, see framing_record_batches.ts: key the symbol, value the JSON of
// src/market/minute_candle_codec.ts. They gather here until the TypeScript side takes them as one piece.
//
//   {"symbol":"005930","start":…,"open":…,"high":…,"low":…,"close":…,"volume":…,"value":…,"trades":…,
//    "last":[{"high":…,"low":…,"values":[…]}]}
//
// A last trade is the values of its record's known keys as they stand there, in the order of `valueKeys`.

import {
  CANDLE_PACK_BYTES,
  CLOSED_CHANGED,
  CLOSED_CLOSE,
  CLOSED_HIGH,
  CLOSED_LOW,
  CLOSED_MINUTE,
  CLOSED_OPEN,
  CLOSED_TRADES,
  CLOSED_VALUE,
  CLOSED_VOLUME,
  CONTROL_CANDLE_BASE,
  CONTROL_CANDLE_BYTES,
  CONTROL_CANDLE_NEWEST,
  CONTROL_CANDLE_OLDEST,
  CONTROL_CANDLES,
  MINUTE_MS,
  SESSION_COUNT,
  SESSION_HIGH,
  SESSION_LOW,
  SESSION_ORDER,
  STATE_CODE,
  STATE_ORDER,
  STATE_WRITTEN,
} from "../layout";
import { setCursorTo } from "./cursor";
import { give, take } from "./memory";
import {
  KEY_ACC_VALUE,
  KEY_ACC_VOLUME,
  KEY_ASK,
  KEY_BID,
  KEY_CHANGE,
  KEY_EVENT_TIME,
  KEY_HIGH,
  KEY_LOW,
  KEY_MARKET_SESSION,
  KEY_OPEN,
  KEY_ORIGIN,
  KEY_PRICE,
  KEY_RATE,
  KEY_SIGN,
  KEY_STRENGTH,
  KEY_TOTAL_ASK,
  KEY_TOTAL_BID,
  KEY_TURNOVER,
  KEY_UNKNOWN,
  KEY_VENUE,
  KEY_VI_BASE,
  KEY_VOLUME,
  KEY_VOLUME_RATE,
} from "./json_keys";
import { findValues, parseTrade } from "./parse_json";
import { lastLength, lastRecord, sessionSlot } from "./states";
import { putBytes, putLongText, putNumber, putText, putVarint } from "./text_out";
import * as trade from "./trade";

/** What stands before a record's value at most; a candle without last trades; a last trade: VALUE_COUNT of VALUE_BYTES. */
const PREFIX_BYTES: usize = 64;
const CANDLE_BYTES: usize = 320;
const LAST_BYTES: usize = 1536;

let records: usize = 0;
let room: usize = 0;
let used: usize = 0;
let count: u32 = 0;
let base: u32 = 0;
let oldest: u32 = 0;
let newest: u32 = 0;

export function candleRecordsAddress(): usize {
  return records;
}

/** Whether they are to be taken before more are written. */
// @ts-ignore: decorator
@inline
export function candleRecordsFull(): bool {
  return used >= <usize>CANDLE_PACK_BYTES;
}

/** Says what is there, and begins anew when it was taken. */
export function offerCandleRecords(): void {
  store<u32>(CONTROL_CANDLES, count);
  store<u32>(CONTROL_CANDLE_BYTES, <u32>used);
  store<u32>(CONTROL_CANDLE_BASE, base);
  store<u32>(CONTROL_CANDLE_OLDEST, oldest);
  store<u32>(CONTROL_CANDLE_NEWEST, newest);
  used = 0;
  count = 0;
}

/** Writes a candle that has closed, with the last trades that stand in no record yet: they are all of it. */
export function writeCandle(state: usize, entry: usize): void {
  const written = load<u32>(state, STATE_WRITTEN);
  let lasts: u32 = 0;
  for (let session: u32 = 0; session < <u32>SESSION_COUNT; session++) {
    if (load<u32>(sessionSlot(state, session), SESSION_ORDER) > written) lasts |= 1 << session;
  }
  store<u32>(state, load<u32>(state, STATE_ORDER), STATE_WRITTEN);
  write(state, entry, lasts);
}

/** Writes a candle to which a late trade came, with the last trades that are of its minute. */
export function writeLateCandle(state: usize, entry: usize): void {
  const minute = load<u32>(entry, CLOSED_MINUTE);
  let lasts: u32 = 0;
  for (let session: u32 = 0; session < <u32>SESSION_COUNT; session++) {
    const slot = sessionSlot(state, session);
    if (load<u32>(slot, SESSION_ORDER) != 0 && minuteOf(slot) == minute) lasts |= 1 << session;
  }
  write(state, entry, lasts);
}

function minuteOf(slot: usize): u32 {
  const record = lastRecord(slot);
  setCursorTo(record, record + lastLength(slot));
  return parseTrade() ? <u32>(trade.eventTime / MINUTE_MS) : 0;
}

function write(state: usize, entry: usize, lasts: u32): void {
  reserve(PREFIX_BYTES + CANDLE_BYTES + (<usize>popcnt(lasts)) * LAST_BYTES);
  const code = load<u64>(state, STATE_CODE);
  const codeLength = <usize>(8 - (clz<u64>(code) >> 3));
  const value = records + used + PREFIX_BYTES;
  let at = putLongText(value, 0x6c6f626d7973227b, 0x223a22, 11); // {"symbol":"
  at = putText(at, code, codeLength);
  at = putLongText(at, 0x7472617473222c22, 0x3a22, 10); // ","start":
  at = putNumber(at, <u64>load<u32>(entry, CLOSED_MINUTE) * MINUTE_MS);
  at = putNumber(putText(at, 0x3a226e65706f222c, 8), load<u32>(entry, CLOSED_OPEN)); // ,"open":
  at = putNumber(putText(at, 0x3a2268676968222c, 8), load<u32>(entry, CLOSED_HIGH)); // ,"high":
  at = putNumber(putText(at, 0x3a22776f6c222c, 7), load<u32>(entry, CLOSED_LOW)); // ,"low":
  at = putNumber(putLongText(at, 0x2265736f6c63222c, 0x3a, 9), load<u32>(entry, CLOSED_CLOSE)); // ,"close":
  at = putNumber(putLongText(at, 0x656d756c6f76222c, 0x3a22, 10), <u64>load<f64>(entry, CLOSED_VOLUME)); // ,"volume":
  at = putNumber(putLongText(at, 0x2265756c6176222c, 0x3a, 9), <u64>load<f64>(entry, CLOSED_VALUE)); // ,"value":
  at = putLongText(at, 0x736564617274222c, 0x3a22, 10); // ,"trades":
  at = putNumber(at, load<u32>(entry, CLOSED_TRADES) & ~CLOSED_CHANGED);
  at = putLongText(at, 0x3a227473616c222c, 0x5b, 9); // ,"last":[
  at = putLasts(at, state, lasts);
  at = putText(at, 0x7d5d, 2); // ]}
  finish(value, at - value, load<u32>(entry, CLOSED_MINUTE), code, codeLength);
}

function putLasts(start: usize, state: usize, lasts: u32): usize {
  let at = start;
  for (let left = lasts; left != 0; left &= left - 1) {
    const slot = sessionSlot(state, ctz<u32>(left));
    if (at != start) at = putText(at, 0x2c, 1);
    at = putNumber(putText(at, 0x3a2268676968227b, 8), load<u32>(slot, SESSION_HIGH)); // {"high":
    at = putNumber(putText(at, 0x3a22776f6c222c, 7), load<u32>(slot, SESSION_LOW)); // ,"low":
    at = putLongText(at, 0x7365756c6176222c, 0x5b3a22, 11); // ,"values":[
    at = putValues(at, lastRecord(slot), lastLength(slot));
    at = putText(at, 0x7d5d, 2); // ]}
  }
  return at;
}

/** Where the values of the known keys stand, see findValues; KEY_UNKNOWN of them. */
const spans: usize = memory.data(208, 16);
/** A value that is longer than any that means something is left out. */
const VALUE_BYTES: u32 = 64;

/** Writes a trade's values, as far as the last that there is. */
function putValues(start: usize, record: usize, length: usize): usize {
  findValues(record, length, spans);
  let at = start;
  let after = start;
  for (let place: u32 = 0; place < VALUE_COUNT; place++) {
    if (place > 0) at = putText(at, 0x2c, 1);
    const span = spans + ((<usize>load<u32>(valueKeys + (<usize>place << 2))) << 3);
    const bytes = load<u32>(span, 4);
    if (bytes == 0 || bytes > VALUE_BYTES) {
      at = putText(at, 0x6c6c756e, 4); // null
    } else {
      after = at = putBytes(at, load<u32>(span), bytes);
    }
  }
  return after;
}

const VALUE_COUNT: u32 = 22;

/** The key whose value stands at a place: LAST_TRADE_KEYS of src/market/minute_candle_codec.ts. */
const valueKeys: usize = memory.data<u32>([
  KEY_EVENT_TIME,
  KEY_PRICE,
  KEY_SIGN,
  KEY_CHANGE,
  KEY_RATE,
  KEY_OPEN,
  KEY_HIGH,
  KEY_LOW,
  KEY_VOLUME,
  KEY_ACC_VOLUME,
  KEY_ACC_VALUE,
  KEY_ASK,
  KEY_BID,
  KEY_VENUE,
  KEY_MARKET_SESSION,
  KEY_ORIGIN,
  KEY_STRENGTH,
  KEY_TURNOVER,
  KEY_VI_BASE,
  KEY_VOLUME_RATE,
  KEY_TOTAL_BID,
  KEY_TOTAL_ASK,
]);

/** Puts what stands before a record's value right before it, then all of it behind the record before. */
function finish(value: usize, length: usize, minute: u32, code: u64, codeLength: usize): void {
  if (count == 0) base = oldest = newest = minute;
  oldest = min(oldest, minute);
  newest = max(newest, minute);
  const start = records + used;
  const head = heads;
  store<u8>(head, 0); // attributes
  let at = putVarint(head + 1, ((<i64>minute) - <i64>base) * MINUTE_MS);
  at = putVarint(at, count);
  at = putText(putVarint(at, codeLength), code, codeLength);
  at = putVarint(at, length);
  const headLength = at - head;
  at = putVarint(start, headLength + length + 1);
  at = putBytes(at, head, headLength);
  at = putBytes(at, value, length);
  store<u8>(at, 0); // no headers
  used = at + 1 - records;
  count++;
}

/** A record's head while its length is not known. */
const heads: usize = memory.data(64, 16);

function reserve(bytes: usize): void {
  const needed = used + bytes;
  if (needed <= room) return;
  const grown = max<usize>(65536, needed << 1);
  const moved = take(grown);
  if (room > 0) {
    memory.copy(moved, records, used);
    give(records, room);
  }
  records = moved;
  room = grown;
}
