// What has fired, of rules that stand in no plain lane: for each class of windows (a length, the day, once) and each live
// window a hash set of (rule's ordinal, symbol's index).

import { CLASS_COUNT, DAY_MS, SEOUL_MS } from "../layout";
import { give, take } from "./memory";

/**
 * A class: i64 length of its windows in ms, 0 for once; i64 ms by which they begin before the epoch; u32 first set; and of
 * the window that was asked for last i64 first ms, i64 the first after it, u32 number.
 */
const CLASS_BYTES: usize = 48;
const classes: usize = memory.data(768, 16); // CLASS_COUNT * CLASS_BYTES

/** A set: u32 window, u32 next set of the class, u32 slots, u32 mask, u32 count. */
const SET_BYTES: usize = 32;
const SLOT_BYTES: usize = 8;
const FIRST_SLOTS: u32 = 16;

export function defineClass(number: u32, lengthMs: f64, offsetMs: f64): void {
  const at = classes + (<usize>number) * CLASS_BYTES;
  store<i64>(at, <i64>lengthMs);
  store<i64>(at, <i64>offsetMs, 8);
  store<i64>(at, i64.MAX_VALUE, 24);
}

/** The number of the window of a time. */
// @ts-ignore: decorator
@inline
export function windowOfClass(number: u32, time: i64): u32 {
  const at = classes + (<usize>number) * CLASS_BYTES;
  return time >= load<i64>(at, 24) && time < load<i64>(at, 32) ? load<u32>(at, 40) : findWindow(at, time);
}

function findWindow(at: usize, time: i64): u32 {
  const length = load<i64>(at);
  if (length == 0) return 0;
  const offset = load<i64>(at, 8);
  const window = (time + offset) / length;
  store<i64>(at, window * length - offset, 24);
  store<i64>(at, (window + 1) * length - offset, 32);
  store<u32>(at, <u32>window, 40);
  return <u32>window;
}

/** The classes that lanes are of, a bit each. */
let used: u32 = 0;
/** The times that are in the same windows of all used classes, and of the same day, as the newest event was. */
let spanStart: i64 = 0;
let spanEnd: i64 = 0;
/** Counts such spans. */
export let epoch: u32 = 0;

/** A lane is of a class. */
export function useClass(number: u32): void {
  if ((used >> number & 1) != 0) return;
  used |= 1 << number;
  // What was of one span is perhaps not.
  spanEnd = spanStart;
}

/** Whether a time is of the newest span, which moves on to it; false: it is of an older one. */
// @ts-ignore: decorator
@inline
export function reachSpan(time: i64, day: u32): bool {
  return time >= spanStart && time < spanEnd ? true : moveSpan(time, day);
}

function moveSpan(time: i64, day: u32): bool {
  if (time < spanStart) return false;
  spanStart = (<i64>day) * DAY_MS - SEOUL_MS;
  spanEnd = spanStart + DAY_MS;
  for (let number: u32 = 0; number < <u32>CLASS_COUNT; number++) {
    if ((used >> number & 1) == 0) continue;
    const at = classes + (<usize>number) * CLASS_BYTES;
    if (load<i64>(at) == 0) continue;
    windowOfClass(number, time);
    spanStart = max(spanStart, load<i64>(at, 24));
    spanEnd = min(spanEnd, load<i64>(at, 32));
  }
  epoch++;
  return true;
}

/** The set of a window, 0 when nothing has fired in it. */
function setOf(number: u32, window: u32): usize {
  let set: usize = load<u32>(classes + (<usize>number) * CLASS_BYTES, 16);
  while (set != 0 && load<u32>(set) != window) set = load<u32>(set, 4);
  return set;
}

export function hasFired(number: u32, window: u32, ordinal: u32, symbol: u32): bool {
  const set = setOf(number, window);
  return set != 0 && load<u64>(slotOfKey(set, keyOf(ordinal, symbol))) != 0;
}

/** Adds to a window's set what has fired; what is there already changes nothing. */
export function addFired(number: u32, window: u32, ordinal: u32, symbol: u32): void {
  let set = setOf(number, window);
  if (set == 0) set = makeSet(number, window);
  const count = load<u32>(set, 16);
  if (count * 2 >= load<u32>(set, 12)) growSet(set);
  const key = keyOf(ordinal, symbol);
  const slot = slotOfKey(set, key);
  if (load<u64>(slot) != 0) return;
  store<u64>(slot, key);
  store<u32>(set, load<u32>(set, 16) + 1, 16);
}

/** Forgets the sets of a class's windows before one. */
export function forgetSets(number: u32, oldest: u32): void {
  let link = classes + (<usize>number) * CLASS_BYTES + 16;
  while (true) {
    const set: usize = load<u32>(link);
    if (set == 0) return;
    if (load<u32>(set) >= oldest) {
      link = set + 4;
      continue;
    }
    store<u32>(link, load<u32>(set, 4));
    give(load<u32>(set, 8), (<usize>load<u32>(set, 12) + 1) * SLOT_BYTES);
    give(set, SET_BYTES);
  }
}

/** Never 0. */
// @ts-ignore: decorator
@inline
function keyOf(ordinal: u32, symbol: u32): u64 {
  return ((<u64>ordinal) << 32) | (symbol + 1);
}

/** Where a key stands, or the empty slot where it would. */
function slotOfKey(set: usize, key: u64): usize {
  const slots: usize = load<u32>(set, 8);
  const mask = load<u32>(set, 12);
  let slot = <u32>((key * 0x9e3779b97f4a7c15) >> 32) & mask;
  while (true) {
    const at = slots + (<usize>slot) * SLOT_BYTES;
    const there = load<u64>(at);
    if (there == key || there == 0) return at;
    slot = (slot + 1) & mask;
  }
}

function makeSet(number: u32, window: u32): usize {
  const head = classes + (<usize>number) * CLASS_BYTES + 16;
  const set = take(SET_BYTES);
  store<u32>(set, window);
  store<u32>(set, load<u32>(head), 4);
  makeSetSlots(set, FIRST_SLOTS);
  store<u32>(set, 0, 16);
  store<u32>(head, <u32>set);
  return set;
}

function makeSetSlots(set: usize, count: u32): void {
  const bytes = (<usize>count) * SLOT_BYTES;
  const slots = take(bytes);
  memory.fill(slots, 0, bytes);
  store<u32>(set, <u32>slots, 8);
  store<u32>(set, count - 1, 12);
}

function growSet(set: usize): void {
  const old: usize = load<u32>(set, 8);
  const count = load<u32>(set, 12) + 1;
  makeSetSlots(set, count * 2);
  for (let slot: u32 = 0; slot < count; slot++) {
    const key = load<u64>(old + (<usize>slot) * SLOT_BYTES);
    if (key != 0) store<u64>(slotOfKey(set, key), key);
  }
  give(old, (<usize>count) * SLOT_BYTES);
}
