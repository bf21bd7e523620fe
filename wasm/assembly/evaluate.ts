// The evaluator: one trade against its symbol's rules. See README.md for the idea.

import {
  BLOCK_STATE,
  CONTROL_BOUNDARY,
  CONTROL_EXPECTED,
  CONTROL_HALTED,
  CONTROL_LATE,
  CONTROL_PASSED,
  CONTROL_REACHED,
  CONTROL_REACHED_OFFSET,
  CONTROL_REFUSED,
  CONTROL_TRADES,
  CONTROL_WATERMARK,
  ENTRY_ORDINAL,
  ENTRY_SIZE,
  ENTRY_THRESHOLD,
  KEEP_CANDLES,
  KEEP_TRADES,
  LANE_MASK,
  STATE_INDEX,
  STATE_DAY,
  STATE_STATUS,
  STATE_TAKEN,
  STATE_TIME,
  STATUS_BOUNDARY,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_REFUSED,
  STATUS_VI,
  WARM_AGAIN,
  WARM_LAST,
} from "../layout";
import { isBeforeArming } from "./armings";
import { cursorOf, entriesOf, laneAt, lengthOf, rowOf, setCursor } from "./lanes";
import { addMatch, matchesFull, setStatusSession } from "./output";
import { addSymbol, blockAt, blockOf } from "./symbols";
import * as trade from "./trade";
import { isForming, takeIntoCandle } from "./candles";
import { dayOf, sessionOf } from "./days";
import { fireKeyed, hasKeyedLanes } from "./evaluate_keyed";
import { countFire, extraOf, mayFireOn } from "./extras";
import { snapStatus, snapTrade } from "./snapshots";
import { stateOf, takeTrade, turnDay } from "./states";
import { bitmapOf, graceMs, isSet, testAndSet, windowOf } from "./windows";

let watermark: i64 = 0;
let boundary: i64 = 0;
/** The oldest event time that is not late. */
let oldest: i64 = 0;
let refused: f64 = -1;
let trades: u32 = 0;
let late: u32 = 0;
let halted: u32 = 0;
let expected: u32 = 0;
let passed: u32 = 0;

/** Takes over what the TypeScript side has set, before a run. */
export function readControl(): void {
  watermark = <i64>load<f64>(CONTROL_WATERMARK);
  boundary = <i64>load<f64>(CONTROL_BOUNDARY);
  oldest = watermark - graceMs;
  refused = load<f64>(CONTROL_REFUSED);
  trades = late = halted = expected = passed = 0;
}

export function writeControl(): void {
  store<f64>(CONTROL_WATERMARK, <f64>watermark);
  store<u32>(CONTROL_TRADES, trades);
  store<u32>(CONTROL_LATE, late);
  store<u32>(CONTROL_HALTED, halted);
  store<u32>(CONTROL_EXPECTED, expected);
  store<u32>(CONTROL_PASSED, passed);
}

/** Counts a record that is no trade but of another known form. */
export function passOver(): void {
  passed++;
}

/**
 * Evaluates the current trade.
 *
 * @returns STATUS_DONE, or why it could not be finished: what it has fired so far stands in the output and the bitmap, so
 * the same trade is simply evaluated again. STATUS_REFUSED: it is to be refused.
 */
export function evaluateTrade(offset: f64, record: usize, length: usize): u32 {
  const time = trade.eventTime;
  if (warming) {
    warm(time, record, length);
    return STATUS_DONE;
  }
  if (time > watermark) {
    if (time >= boundary) {
      if (offset == refused) return STATUS_REFUSED;
      store<f64>(CONTROL_REACHED, <f64>time);
      store<f64>(CONTROL_REACHED_OFFSET, offset);
      return STATUS_BOUNDARY;
    }
    watermark = time;
    oldest = time - graceMs;
  }
  if (time < oldest && !trade.filled) {
    late++;
  } else if (trade.halted) {
    halted++;
  } else if (trade.expected) {
    expected++;
  } else {
    let block = blockOf(trade.symbol);
    if (block == 0 && kept != 0) block = addSymbol(trade.symbol);
    if (block != 0) {
      // A trade that was filled in fires where the partition's time is.
      const inWindowsOf = trade.filled ? watermark : time;
      if (!fireLanes(block, windowOf(inWindowsOf), offset)) return STATUS_FULL;
      if (kept & KEEP_TRADES) {
        if (!evaluateKeyed(stateOf(block), offset, inWindowsOf, record, length)) return STATUS_FULL;
      }
      if (kept & KEEP_CANDLES) takeIntoCandle(stateOf(block));
    }
  }
  trades++;
  return STATUS_DONE;
}

/** Whether what is read was evaluated before, WARM_*: it fires nothing, and only what is kept of symbols takes it. */
let warming: u32 = 0;

/** How far the time had come when what is read again was first read. */
let warmMark: i64 = 0;

export function setWarming(value: u32): void {
  warming = value;
  warmMark = 0;
}

/** The time had come so far. */
export function warmTo(time: i64): void {
  if (time <= watermark) warmMark = max(warmMark, time);
}

/** Takes a trade that was counted before a restart, as far as it was not refused or late. */
function warm(time: i64, record: usize, length: usize): void {
  warmTo(time);
  const late = time < warmMark - graceMs && !trade.filled && warming == <u32>WARM_AGAIN;
  if (time > watermark || late || trade.halted || trade.expected) return;
  const state = stateOf(addSymbol(trade.symbol));
  if (kept & KEEP_TRADES) {
    const day = dayOf(time);
    turnDay(state, day);
    takeTrade(state, day, sessionOf(), record, length);
  }
  // The candles of earlier minutes were read back: they have it already.
  if ((kept & KEEP_CANDLES) && isForming(time)) takeIntoCandle(state);
}

/** What is kept of every symbol, KEEP_*. */
let kept: u32 = 0;

export function keepAlso(what: u32): void {
  kept |= what;
}

/** Evaluates the current trade against its symbol's keyed lanes, and takes it as the last one; false: the output is full. */
function evaluateKeyed(state: usize, offset: f64, inWindowsOf: i64, record: usize, length: usize): bool {
  const time = trade.eventTime;
  const day = dayOf(time);
  const session = sessionOf();
  turnDay(state, day);
  if (hasKeyedLanes(state)) {
    snapTrade(state, day, record, length);
    const late = time < load<i64>(state, STATE_TIME);
    if (!fireKeyed(state, offset, inWindowsOf, day, session, late, false)) return false;
  }
  takeTrade(state, day, session, record, length);
  store<u32>(state, load<u32>(state, STATE_TAKEN) + 1, STATE_TAKEN);
  return true;
}

/**
 * Takes a symbol's status, and evaluates it with the last trade's other values; a STATUS. After STATUS_FULL the same is
 * evaluated again with `again`: what it fired so far is in the output and the sets.
 */
export function evaluateStatus(
  symbol: u32,
  time: f64,
  status: u32,
  session: u32,
  offset: f64,
  again: bool,
): u32 {
  const state = stateOf(blockAt(symbol));
  const at = <i64>time;
  const day = dayOf(at);
  if (!again) {
    turnDay(state, day);
    statusBefore = load<u32>(state, STATE_STATUS);
    // One that is put back: an interruption ends with its day.
    const over = warming == <u32>WARM_LAST && day < load<u32>(state, STATE_DAY);
    store<u32>(state, over ? status & ~STATUS_VI : status, STATE_STATUS);
  }
  if (warming || at < watermark - graceMs || !hasKeyedLanes(state)) return STATUS_DONE;
  snapStatus(state, day, statusBefore);
  // What matches are written from.
  trade.setEventTime(at);
  setStatusSession(session + 1);
  const done = fireKeyed(state, offset, at, day, session, false, true);
  setStatusSession(0);
  return done ? STATUS_DONE : STATUS_FULL;
}

let statusBefore: u32 = 0;

/** Compares the trade's metrics with the symbol's frontiers, sixteen lanes at once; false: the output is full. */
// @ts-ignore: decorator
@inline
function fireLanes(block: usize, window: u32, offset: f64): bool {
  const row = rowOf(block, window);
  const metrics0 = signedPair(trade.price, trade.rate);
  const metrics1 = sizeAndSigned(trade.rate, trade.change);
  const limit = trade.sign == 1 ? 1 : trade.sign == 4 ? -1 : 0;
  const metrics2 = sizeAndSigned(trade.change, limit);
  const metrics3 = i32x4.splat(limit & 1);
  const ge0 = i32x4.ge_s(metrics0, v128.load(row));
  const ge1 = i32x4.ge_s(metrics1, v128.load(row, 16));
  const ge2 = i32x4.ge_s(metrics2, v128.load(row, 32));
  const ge3 = i32x4.ge_s(metrics3, v128.load(row, 48));
  const narrow = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(ge0, ge1), i16x8.narrow_i32x4_s(ge2, ge3));
  let crossed = <u32>i8x16.bitmask(narrow) & LANE_MASK;
  if (crossed == 0) return true;
  const bitmap = bitmapOf(window);
  while (crossed != 0) {
    const lane = ctz<u32>(crossed);
    crossed &= crossed - 1;
    const x = metricOf(lane, metrics0, metrics1, metrics2, limit & 1);
    if (!walkLane(block, row, lane, x, bitmap, window, offset)) return false;
  }
  return true;
}

/** (a, -a, b, -b) */
// @ts-ignore: decorator
@inline
function signedPair(a: i32, b: i32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, -a), 2, b), 3, -b);
}

/** (|a|, -|a|, b, -b) */
// @ts-ignore: decorator
@inline
function sizeAndSigned(a: i32, b: i32): v128 {
  const size = abs(a);
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(size), 1, -size), 2, b), 3, -b);
}

function metricOf(lane: u32, metrics0: v128, metrics1: v128, metrics2: v128, either: i32): i32 {
  const place = lane & 3;
  if (lane >= 12) return either;
  const four = lane < 4 ? metrics0 : lane < 8 ? metrics1 : metrics2;
  if (place == 0) return i32x4.extract_lane(four, 0);
  if (place == 1) return i32x4.extract_lane(four, 1);
  if (place == 2) return i32x4.extract_lane(four, 2);
  return i32x4.extract_lane(four, 3);
}

/** Fires every rule of the lane from its cursor whose threshold is reached; false: the output is full. */
function walkLane(
  block: usize,
  row: usize,
  lane: u32,
  x: i32,
  bitmap: usize,
  window: u32,
  offset: f64,
): bool {
  const descriptor = laneAt(block, lane);
  const symbol = load<u32>(block + BLOCK_STATE, STATE_INDEX);
  const length = lengthOf(descriptor);
  let cursor = cursorOf(row, lane);
  /** Up to here all have fired. */
  let kept = cursor;
  let entry = entriesOf(descriptor) + (<usize>cursor) * ENTRY_SIZE;
  let room = true;
  while (cursor < length && load<i32>(entry, ENTRY_THRESHOLD) <= x) {
    if (matchesFull()) {
      room = false;
      break;
    }
    const ordinal = load<u32>(entry, ENTRY_ORDINAL);
    const extra = extraOf(ordinal);
    if (isBeforeArming(ordinal)) {
      // It stays unfired, and the cursor before it.
    } else if (extra != 0) {
      kept = fireCounted(extra, bitmap, ordinal, window, offset, symbol) && kept == cursor ? cursor + 1 : kept;
    } else {
      if (testAndSet(bitmap, ordinal)) addMatch(ordinal, window, offset, symbol, 0);
      if (kept == cursor) kept++;
    }
    entry += ENTRY_SIZE;
    cursor++;
  }
  setCursor(descriptor, row, lane, kept);
  return room;
}

/** Fires a rule that may have so many alerts a day; false: it may have no more today, but has not fired in the window. */
function fireCounted(extra: usize, bitmap: usize, ordinal: u32, window: u32, offset: f64, symbol: u32): bool {
  const day = dayOf(trade.filled ? watermark : trade.eventTime);
  if (isSet(bitmap, ordinal)) return true;
  if (!mayFireOn(extra, day)) return false;
  testAndSet(bitmap, ordinal);
  addMatch(ordinal, window, offset, symbol, u32(countFire(extra, day)));
  return true;
}
