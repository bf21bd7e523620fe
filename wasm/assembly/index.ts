// What the module gives to src/engine/: a few calls that take and answer numbers; everything else goes through the
// control block, the input and the output buffers of ../layout.ts. No imports, no garbage collector, no exceptions.

import {
  CONTROL_MATCHES,
  CONTROL_NEXT_OFFSET,
  CONTROL_REJECTS,
  FRAMING_RECORD_BATCH_V2,
  INPUT_PADDING,
} from "../layout";
import { nextOffset, openBatch } from "./batch";
import { giveItems, sortAndFill, takeItems } from "./bulk_load";
import { evaluateTrade, readControl, writeControl } from "./evaluate";
import { runRecordBatches, openRecordBatches } from "./framing_record_batches";
import { runRecords } from "./framing_records";
import { insertEntry, removeEntry } from "./lanes";
import { give, take } from "./memory";
import { emptyOutput, matchCount, matches, rejectCount, rejects, startOutput } from "./output";
import { addSymbol, blockAt, startSymbols } from "./symbols";
import * as trade from "./trade";
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

/** Makes room for a batch of `length` bytes and answers where it goes. */
export function reserveInput(length: usize): usize {
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
  store<f64>(CONTROL_NEXT_OFFSET, nextOffset);
  store<u32>(CONTROL_MATCHES, matchCount());
  store<u32>(CONTROL_REJECTS, rejectCount());
  return status;
}

/** Evaluates one trade that was parsed elsewhere; a STATUS. `flags`: 1 halted, 2 expected. */
export function runTrade(
  symbolLow: u32,
  symbolHigh: u32,
  eventTime: f64,
  price: i32,
  sign: u32,
  change: i32,
  rate: i32,
  volume: f64,
  flags: u32,
  offset: f64,
): u32 {
  trade.setSymbol((<u64>symbolHigh << 32) | symbolLow);
  trade.setEventTime(<i64>eventTime);
  trade.setPrice(price);
  trade.setSign(sign);
  trade.setChange(change);
  trade.setRate(rate);
  trade.setVolume(<i64>volume);
  trade.setHalted((flags & 1) != 0);
  trade.setExpected((flags & 2) != 0);
  readControl();
  emptyOutput();
  const status = evaluateTrade(offset);
  writeControl();
  store<u32>(CONTROL_MATCHES, matchCount());
  return status;
}

/** Adds a symbol, its code packed in two words; answers its index. */
export function addSymbolCode(low: u32, high: u32): u32 {
  return addSymbol((<u64>high << 32) | low);
}

/** Makes room for rules with ordinals below `count`. */
export function reserveRules(count: u32): void {
  reserveOrdinals(count);
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

/** Says that a rule has fired in a live window. */
export function restoreFired(ordinal: u32, window: u32): void {
  markFired(ordinal, window);
}

/** A buffer for a bulk load of `count` items. */
export function beginLoad(count: u32): usize {
  return takeItems(count);
}

/**
 * Replaces all rules in lanes by the items, giving out ordinals from `nextOrdinal` in threshold order; answers where
 * the ordinals stand by item index, u32 each.
 */
export function fillFromItems(count: u32, nextOrdinal: u32): usize {
  return sortAndFill(count, nextOrdinal);
}

/** Gives the buffer of the bulk load back. */
export function endLoad(): void {
  giveItems();
}
