// Snapshots: the numbers that measures are measured of, at the event that is evaluated and at what stood before it.

import {
  REFERENCE_BASE,
  REFERENCE_DAY,
  STATE_REFERENCE,
  SESSION_HIGH,
  SESSION_LOW,
  SNAP_ACC_VALUE,
  SNAP_ACC_VOLUME,
  SNAP_ASK,
  SNAP_BID,
  SNAP_CHANGE,
  SNAP_DAY,
  SNAP_HIGH,
  SNAP_HIGH_BEFORE,
  SNAP_LOW,
  SNAP_LOW_BEFORE,
  SNAP_OPEN,
  SNAP_PENDING,
  SNAP_PRICE,
  SNAP_RATE,
  SNAP_SIGN,
  SNAP_SIZE,
  SNAP_STATUS,
  SNAP_STRENGTH,
  SNAP_TIME,
  SNAP_VENUE,
  SNAP_VOLUME,
  STATE_DAY,
  STATE_HIGH,
  STATE_LOW,
  STATE_STATUS,
} from "../layout";
import { setCursorTo } from "./cursor";
import { dayOf, isNewestDay } from "./days";
import { parseTrade, readFields } from "./parse_json";
import { lastLength, lastRecord, latestSlot } from "./states";
import * as trade from "./trade";

export const now: usize = memory.data(208, 16); // SNAP_SIZE
export const before: usize = memory.data(208, 16); // SNAP_SIZE

/** The record of the trade that is evaluated, 0 for a status. */
let record: usize = 0;
let length: usize = 0;

/** Writes the current trade, read from a record, with what its symbol's day was before it. */
export function snapTrade(state: usize, day: u32, from: usize, bytes: usize): void {
  record = from;
  length = bytes;
  writeTrade(now, from, day);
  store<f64>(now, 1, SNAP_PENDING);
  const today = day == load<u32>(state, STATE_DAY);
  store<f64>(now, <f64>load<u32>(state, STATE_STATUS), SNAP_STATUS);
  store<f64>(now, today ? <f64>load<i32>(state, STATE_HIGH) : 0, SNAP_HIGH_BEFORE);
  store<f64>(now, today ? <f64>load<i32>(state, STATE_LOW) : 0, SNAP_LOW_BEFORE);
}

/** Writes a symbol's last trade of today, or its base price, with a status; before it is the same with the status before. */
export function snapStatus(state: usize, day: u32, statusBefore: u32): void {
  record = 0;
  const slot = day == load<u32>(state, STATE_DAY) ? latestSlot(state, 0xf) : 0;
  if (slot != 0) writeSlot(now, slot);
  else writeBase(state, day);
  store<f64>(now, <f64>load<u32>(state, STATE_STATUS), SNAP_STATUS);
  memory.copy(before, now, SNAP_SIZE);
  store<f64>(before, <f64>statusBefore, SNAP_STATUS);
}

/**
 * Writes what stood before the trade in some sessions: today's last trade in them, else yesterday's close. The status is
 * the trade's own.
 */
export function snapBefore(state: usize, sessions: u32): void {
  const day = <u32>load<f64>(now, SNAP_DAY);
  const slot = day == load<u32>(state, STATE_DAY) ? latestSlot(state, sessions) : 0;
  if (slot == 0) {
    writeClose(before, max<f64>(0, load<f64>(now, SNAP_PRICE) - load<f64>(now, SNAP_CHANGE)), day);
    store<f64>(before, load<f64>(now, SNAP_TIME), SNAP_TIME);
  } else {
    writeSlot(before, slot);
    // The current trade is read again: it is what matches are written from.
    setCursorTo(record, record + length);
    parseTrade();
    setCursorTo(record, record + length);
  }
  store<f64>(before, load<f64>(now, SNAP_STATUS), SNAP_STATUS);
}

/** Writes a symbol that has not traded today: its base price; where that is not known, a price of 0 of no day says so. */
function writeBase(state: usize, day: u32): void {
  const reference: usize = load<u32>(state, STATE_REFERENCE);
  const known = reference != 0 && load<f64>(reference, REFERENCE_DAY) == <f64>day;
  const base = known ? load<f64>(reference, REFERENCE_BASE) : 0;
  writeClose(now, base, base > 0 ? day : 0);
  trade.setPrice(<i32>base);
  trade.setChange(0);
  trade.setRate(0);
  trade.setSign(3);
  trade.setVolume(0);
}

/** Writes the last trade that a slot has. */
function writeSlot(into: usize, slot: usize): void {
  const from = lastRecord(slot);
  setCursorTo(from, from + lastLength(slot));
  parseTrade();
  writeTrade(into, from, dayOf(trade.eventTime));
  store<f64>(into, <f64>load<i32>(slot, SESSION_HIGH), SNAP_HIGH_BEFORE);
  store<f64>(into, <f64>load<i32>(slot, SESSION_LOW), SNAP_LOW_BEFORE);
}

function writeTrade(into: usize, from: usize, day: u32): void {
  readFields(from, into);
  if (trade.polled) store<f64>(into, NaN, SNAP_VOLUME);
  store<f64>(into, <f64>trade.price, SNAP_PRICE);
  store<f64>(into, <f64>trade.change, SNAP_CHANGE);
  store<f64>(into, <f64>trade.rate, SNAP_RATE);
  store<f64>(into, <f64>trade.sign, SNAP_SIGN);
  store<f64>(into, <f64>day, SNAP_DAY);
  store<f64>(into, isNewestDay(day) ? <f64>trade.eventTime : -1, SNAP_TIME);
  store<f64>(into, 0, SNAP_PENDING);
  store<f64>(into, <f64>trade.venue, SNAP_VENUE);
}

/** Writes yesterday's close: nothing is traded yet. */
function writeClose(into: usize, price: f64, day: u32): void {
  store<f64>(into, price, SNAP_PRICE);
  store<f64>(into, 0, SNAP_CHANGE);
  store<f64>(into, 0, SNAP_RATE);
  store<f64>(into, 3, SNAP_SIGN);
  store<f64>(into, price, SNAP_OPEN);
  store<f64>(into, price, SNAP_HIGH);
  store<f64>(into, price, SNAP_LOW);
  store<f64>(into, 0, SNAP_VOLUME);
  store<f64>(into, 0, SNAP_ACC_VOLUME);
  store<f64>(into, 0, SNAP_ACC_VALUE);
  store<f64>(into, 0, SNAP_ASK);
  store<f64>(into, 0, SNAP_BID);
  for (let field: usize = SNAP_STRENGTH; field < <usize>SNAP_STATUS; field += 8) store<f64>(into + field, NaN);
  store<f64>(into, 0, SNAP_HIGH_BEFORE);
  store<f64>(into, 0, SNAP_LOW_BEFORE);
  store<f64>(into, <f64>day, SNAP_DAY);
  store<f64>(into, -1, SNAP_TIME);
  store<f64>(into, 0, SNAP_PENDING);
  store<f64>(into, <f64>trade.VENUE_KRX, SNAP_VENUE);
}
