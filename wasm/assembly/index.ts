// What the module gives to src/engine/: a few calls that take and answer numbers; everything else goes through the
// control block, the input and the output buffers of ../layout.ts. No imports, no garbage collector, no exceptions.

import {
  CONTROL_MATCHES,
  CONTROL_NEXT_OFFSET,
  CONTROL_REJECTS,
  NO_SYMBOL_INDEX,
  REFERENCE_COUNT,
  REFERENCE_SUMS,
  STATE_INDEX,
  STATE_MARKETS,
  STATE_REFERENCE,
  STATUS_DONE,
  FRAMING_RECORD_BATCH_V2,
  INPUT_PADDING,
} from "../layout";
import { armAt, reserveArmings } from "./armings";
import { nextOffset, openBatch } from "./batch";
import { giveItems, sortAndFill, takeItems } from "./bulk_load";
import { candleRecordsAddress, offerCandleRecords } from "./candle_records";
import { beginClosing, closeSome, writeLateSome } from "./candles";
import { keepClosedFrom, makeClosed } from "./closed";
import { openDay, sessionTable } from "./days";
import { evaluateStatus, keepAlso, readControl, setWarming, warmTo, writeControl } from "./evaluate";
import { conditionAt, countFire, dropExtra, extraOf, makeExtra, reserveExtras } from "./extras";
import { addFired, defineClass, forgetSets } from "./fired";
import { forgetLast, makeLane, putInLane, takeFromLane } from "./keyed_lanes";
import { addMeasureOf } from "./measures";
import { lookBackTable } from "./indicators";
import { forgetRemembered } from "./remembered";
import { keepLoose, stateOf } from "./states";
import { runRecordBatches, openRecordBatches } from "./framing_record_batches";
import { runRecords } from "./framing_records";
import { insertEntry, removeEntry } from "./lanes";
import { give, take } from "./memory";
import { emptyOutput, matchCount, matches, rejectCount, rejects, startOutput } from "./output";
import { addSymbol, blockAt, startSymbols } from "./symbols";
import { markFired, openWindow, reserveOrdinals, startWindows } from "./windows";

let input: usize = 0;
let inputBytes: usize = 0;
let framing: u32 = 0;

/** Called once, before anything else. */
export function start(windowMs: f64, graceMs: f64, matchCapacity: u32, rejectCapacity: u32): void {
  startWindows(windowMs, graceMs);
  startSymbols();
  startOutput(matchCapacity, rejectCapacity);
}

export function matchesAddress(): usize {
  return matches;
}

export function rejectsAddress(): usize {
  return rejects;
}

/**
 * Makes room for a batch of `length` bytes.
 *
 * @returns where it goes.
 */
export function reserveInput(length: usize): usize {
  // A batch may have been left at the end of a day: its last trades stand in what is written over now.
  keepLoose();
  const bytes = length + INPUT_PADDING;
  if (bytes > inputBytes) {
    if (inputBytes > 0) give(input, inputBytes);
    input = take(bytes);
    inputBytes = bytes;
  }
  return input;
}

/** Begins the batch of `length` bytes that stands in the input. */
export function open(kind: u32, length: usize, fromOffset: f64): void {
  framing = kind;
  openBatch(input, length, fromOffset);
  if (kind == FRAMING_RECORD_BATCH_V2) openRecordBatches();
}

/** Evaluates the batch as far as it gets; a STATUS. Counts in the control block are of this call. */
export function run(): u32 {
  readControl();
  emptyOutput();
  const status = framing == FRAMING_RECORD_BATCH_V2 ? runRecordBatches() : runRecords();
  writeControl();
  if (status == STATUS_DONE) keepLoose();
  store<f64>(CONTROL_NEXT_OFFSET, nextOffset);
  store<u32>(CONTROL_MATCHES, matchCount());
  store<u32>(CONTROL_REJECTS, rejectCount());
  return status;
}

/** Evaluates a symbol's status (STATUS_* bits) of a record; a STATUS. `again`: after STATUS_FULL. */
export function runStatus(symbol: u32, time: f64, status: u32, session: u32, offset: f64, again: u32): u32 {
  readControl();
  emptyOutput();
  const outcome = evaluateStatus(symbol, time, status, session, offset, again != 0);
  writeControl();
  store<u32>(CONTROL_MATCHES, matchCount());
  return outcome;
}

/**
 * Adds a symbol, its code packed in two words.
 *
 * @returns its index.
 */
export function addSymbolCode(low: u32, high: u32): u32 {
  return load<u32>(stateOf(addSymbol((<u64>high << 32) | low)), STATE_INDEX);
}

/** Makes room for rules with ordinals below `count`. */
export function reserveRules(count: u32): void {
  reserveOrdinals(count);
  reserveExtras(count);
  reserveArmings(count);
}

/** Says when an ordinal's rule was armed, epoch ms. */
export function setArmedAt(ordinal: u32, time: f64): void {
  armAt(ordinal, time);
}

/** Puts a rule in a lane of a symbol. */
export function insertRule(symbolIndex: u32, lane: u32, threshold: i32, ordinal: u32): void {
  insertEntry(blockAt(symbolIndex), lane, threshold, ordinal);
}

/** Takes a rule out of its lane; 1 when it was there. */
export function removeRule(symbolIndex: u32, lane: u32, threshold: i32, ordinal: u32): u32 {
  return u32(removeEntry(blockAt(symbolIndex), lane, threshold, ordinal));
}

/** Makes a window the newest. */
export function advanceTo(window: u32): void {
  openWindow(window);
}

/** Says that a plain rule has fired in a live window. */
export function restoreFired(ordinal: u32, window: u32): void {
  markFired(ordinal, window);
}

/** A buffer for a bulk load of `count` items. */
export function beginLoad(count: u32): usize {
  return takeItems(count);
}

/**
 * Replaces all rules in lanes by the items, giving out ordinals from `nextOrdinal` in threshold order. @returns where
 * the ordinals stand by item index, u32 each.
 */
export function fillFromItems(count: u32, nextOrdinal: u32): usize {
  return sortAndFill(count, nextOrdinal);
}

/** Gives the buffer of the bulk load back. */
export function endLoad(): void {
  giveItems();
}

/** Says what else is to be kept of every symbol, KEEP_*. */
export function keep(what: u32): void {
  keepAlso(what);
}

/** Says whether what is evaluated now was evaluated before a restart, WARM_* or 0: it fires nothing. */
export function warmUp(what: u32): void {
  setWarming(what);
}

/** What is read again had brought the time so far. */
export function warmUpTo(time: f64): void {
  warmTo(<i64>time);
}

/** The partition's time is in a minute: `closeCandles` closes those before it. Closed ones before `keptFrom` do not count. */
export function reachMinute(minute: u32, keptFrom: u32): void {
  keepClosedFrom(keptFrom);
  beginClosing(minute);
}

/** Closes candles and writes their records; 0 when these are to be taken before it is called again. */
export function closeCandles(): u32 {
  return u32(closeSome());
}

/** Writes the candles to which late trades came, when a batch is done; 0 as above. */
export function writeLateCandles(): u32 {
  return u32(writeLateSome());
}

/**
 * Says in the control block which candles' records there are, and gives them over.
 *
 * @returns where they stand.
 */
export function takeCandles(): usize {
  offerCandleRecords();
  return candleRecordsAddress();
}

/** Where a closed candle of a symbol stands, CLOSED_*, to be written: one from before a restart. */
export function restoreCandle(symbol: u32, minute: u32): usize {
  const state = stateOf(blockAt(symbol));
  forgetRemembered(state);
  return makeClosed(state, minute);
}

// --- Keyed lanes -------------------------------------------------------------------------------------------------------

/** Says how long a class's windows are, ms, 0 for once, and by how much they begin before the epoch. */
export function setClass(number: u32, lengthMs: f64, offsetMs: f64): void {
  defineClass(number, lengthMs, offsetMs);
}

/** Forgets what has fired in a class's windows before one. */
export function forgetWindows(number: u32, oldest: u32): void {
  forgetSets(number, oldest);
}

/**
 * Adds a measure with its parameter.
 *
 * @returns its number.
 */
export function addMeasure(kind: u32, parameter: u32): u32 {
  return addMeasureOf(kind, parameter);
}

/**
 * Adds a lane of a symbol, or of markets with NO_SYMBOL_INDEX.
 *
 * @returns its address.
 */
export function addLane(symbol: u32, measure: u32, flags: u32, sessions: u32, number: u32, markets: u32): usize {
  const state: usize = symbol == NO_SYMBOL_INDEX ? 0 : stateOf(blockAt(symbol));
  return makeLane(state, measure, flags, sessions, number, markets);
}

export function putRule(lane: usize, threshold: i32, ordinal: u32): void {
  putInLane(lane, threshold, ordinal);
}

/** Takes a rule out of its lane; 1 when it was there. */
export function takeRule(lane: usize, threshold: i32, ordinal: u32): u32 {
  return u32(takeFromLane(lane, threshold, ordinal));
}

/**
 * Gives a rule so many conditions and a share of alerts a day, 0 for any number; what was counted for the ordinal `from`
 * is counted for it. @returns where the conditions are to be written.
 */
export function setExtra(ordinal: u32, conditions: u32, share: u32, from: u32): usize {
  return conditionAt(makeExtra(ordinal, conditions, share, from), 0);
}

export function clearExtra(ordinal: u32): void {
  dropExtra(ordinal);
}

/** Says that a rule has fired for a symbol in a window of a class. */
export function markKeyed(number: u32, window: u32, ordinal: u32, symbol: u32): void {
  addFired(number, window, ordinal, symbol);
}

/** Counts an alert of a rule on a day, where its alerts are counted. */
export function countAlert(ordinal: u32, day: u32): void {
  const extra = extraOf(ordinal);
  if (extra != 0) countFire(extra, day);
}

/** Opens a day in Seoul. */
export function setDay(day: u32): void {
  openDay(day);
}

/** Where the sessions of the newest day and the one before are to be written. */
export function sessionsAddress(): usize {
  return sessionTable;
}

/** Says of which markets a symbol is. */
export function setMarkets(symbol: u32, markets: u32): void {
  const state = stateOf(blockAt(symbol));
  if (load<u32>(state, STATE_MARKETS) == markets) return;
  store<u32>(state, markets, STATE_MARKETS);
  forgetLast(state);
}

/**
 * Makes room for a symbol's reference with so many sums.
 *
 * @returns where it is to be written.
 */
export function setReference(symbol: u32, sums: u32): usize {
  const state = stateOf(blockAt(symbol));
  const old: usize = load<u32>(state, STATE_REFERENCE);
  if (old != 0) give(old, <usize>REFERENCE_SUMS + (<usize>load<u32>(old, REFERENCE_COUNT) << 3));
  const reference = take(<usize>REFERENCE_SUMS + (<usize>sums << 3));
  store<u32>(reference, sums, REFERENCE_COUNT);
  store<u32>(state, <u32>reference, STATE_REFERENCE);
  forgetRemembered(state);
  return reference;
}

/** Where the table of look-backs is to be written, LOOK_BACK_*. */
export function lookBackAddress(): usize {
  return lookBackTable;
}

/** Where a symbol's state stands. */
export function stateAddress(symbol: u32): usize {
  return stateOf(blockAt(symbol));
}
