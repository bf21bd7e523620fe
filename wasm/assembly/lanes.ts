// Lanes: the sorted thresholds of a symbol's rules, one lane for each (metric, direction), and for each live window a
// row with the lanes' frontiers and cursors.
//
// Two invariants make the rows a mere cache: every unfired rule of a lane stands at or after its cursor, and the
// frontier (the threshold at the cursor) is never above the smallest unfired threshold.

import {
  BLOCK_ROWS,
  ENTRY_ORDINAL,
  ENTRY_SIZE,
  ENTRY_THRESHOLD,
  LANE_CAPACITY,
  LANE_COUNT,
  LANE_ENTRIES,
  LANE_LENGTH,
  LANE_SIZE,
  LANE_SLOTS,
  ROW_CURSORS,
  ROW_SIZE,
  ROW_WINDOW,
} from "../layout";
import { blockSize, give, take } from "./memory";
import { rowSlots, NO_WINDOW, slotOf } from "./windows";

const FIRST_CAPACITY: u32 = 4;
const LANES: u32 = LANE_COUNT;
const SLOTS: u32 = LANE_SLOTS;

/** A lane's descriptor in a symbol's block. */
// @ts-ignore: decorator
@inline
export function laneAt(block: usize, lane: u32): usize {
  return block + (<usize>lane) * LANE_SIZE;
}

// @ts-ignore: decorator
@inline
export function entriesOf(lane: usize): usize {
  return load<u32>(lane, LANE_ENTRIES);
}

// @ts-ignore: decorator
@inline
export function lengthOf(lane: usize): u32 {
  return load<u32>(lane, LANE_LENGTH);
}

/** A symbol's row for a live window, rewound to the start when it still is of an older window. */
// @ts-ignore: decorator
@inline
export function rowOf(block: usize, window: u32): usize {
  const row = block + BLOCK_ROWS + (<usize>slotOf(window)) * ROW_SIZE;
  if (load<u32>(row, ROW_WINDOW) != window) rewindRow(block, row, window);
  return row;
}

function rewindRow(block: usize, row: usize, window: u32): void {
  for (let lane: u32 = 0; lane < LANES; lane++) setCursor(laneAt(block, lane), row, lane, 0);
  for (let lane: u32 = LANES; lane < SLOTS; lane++) store<i32>(row + (<usize>lane << 2), i32.MAX_VALUE);
  store<u32>(row, window, ROW_WINDOW);
}

/** Puts a row's cursor for a lane, and its frontier with it. */
// @ts-ignore: decorator
@inline
export function setCursor(descriptor: usize, row: usize, lane: u32, cursor: u32): void {
  const frontier = cursor < lengthOf(descriptor)
    ? load<i32>(entriesOf(descriptor) + (<usize>cursor) * ENTRY_SIZE, ENTRY_THRESHOLD)
    : i32.MAX_VALUE;
  store<i32>(row + (<usize>lane << 2), frontier);
  store<u32>(row + (<usize>lane << 2), cursor, ROW_CURSORS);
}

// @ts-ignore: decorator
@inline
export function cursorOf(row: usize, lane: u32): u32 {
  return load<u32>(row + (<usize>lane << 2), ROW_CURSORS);
}

/** Adds a rule to a lane. */
export function insertEntry(block: usize, lane: u32, threshold: i32, ordinal: u32): void {
  const descriptor = laneAt(block, lane);
  const place = putEntry(descriptor, threshold, ordinal);
  for (let slot: u32 = 0; slot < rowSlots; slot++) {
    const row = block + BLOCK_ROWS + (<usize>slot) * ROW_SIZE;
    if (load<u32>(row, ROW_WINDOW) == NO_WINDOW) continue;
    setCursor(descriptor, row, lane, min(cursorOf(row, lane), place));
  }
}

/**
 * Puts an entry where it belongs.
 *
 * @returns the place.
 */
export function putEntry(descriptor: usize, threshold: i32, ordinal: u32): u32 {
  const length = lengthOf(descriptor);
  reserveEntries(descriptor, length + 1);
  const place = searchEntry(descriptor, threshold, ordinal);
  const at = entriesOf(descriptor) + (<usize>place) * ENTRY_SIZE;
  memory.copy(at + ENTRY_SIZE, at, (<usize>(length - place)) * ENTRY_SIZE);
  store<i32>(at, threshold, ENTRY_THRESHOLD);
  store<u32>(at, ordinal, ENTRY_ORDINAL);
  store<u32>(descriptor, length + 1, LANE_LENGTH);
  return place;
}

/**
 * Takes an entry out.
 *
 * @returns whether it was there, at `takenFrom`.
 */
export function takeEntry(descriptor: usize, threshold: i32, ordinal: u32): bool {
  const length = lengthOf(descriptor);
  takenFrom = searchEntry(descriptor, threshold, ordinal);
  const at = entriesOf(descriptor) + (<usize>takenFrom) * ENTRY_SIZE;
  if (takenFrom == length || load<u32>(at, ENTRY_ORDINAL) != ordinal) return false;
  memory.copy(at, at + ENTRY_SIZE, (<usize>(length - takenFrom - 1)) * ENTRY_SIZE);
  store<u32>(descriptor, length - 1, LANE_LENGTH);
  return true;
}

let takenFrom: u32 = 0;

/**
 * Takes a rule out of its lane.
 *
 * @returns whether it was there.
 */
export function removeEntry(block: usize, lane: u32, threshold: i32, ordinal: u32): bool {
  const descriptor = laneAt(block, lane);
  if (!takeEntry(descriptor, threshold, ordinal)) return false;
  const place = takenFrom;
  for (let slot: u32 = 0; slot < rowSlots; slot++) {
    const row = block + BLOCK_ROWS + (<usize>slot) * ROW_SIZE;
    if (load<u32>(row, ROW_WINDOW) == NO_WINDOW) continue;
    const cursor = cursorOf(row, lane);
    setCursor(descriptor, row, lane, cursor > place ? cursor - 1 : cursor);
  }
  return true;
}

/** Makes every row of a symbol forget where it was. */
export function forgetRows(block: usize): void {
  for (let slot: u32 = 0; slot < rowSlots; slot++) {
    store<u32>(block + BLOCK_ROWS + (<usize>slot) * ROW_SIZE, NO_WINDOW, ROW_WINDOW);
  }
}

/** Makes room for `count` entries in a lane. */
export function reserveEntries(descriptor: usize, count: u32): void {
  const capacity = load<u32>(descriptor, LANE_CAPACITY);
  if (count <= capacity) return;
  const bytes = blockSize((<usize>max(count, FIRST_CAPACITY)) * ENTRY_SIZE);
  const entries = take(bytes);
  if (capacity > 0) {
    memory.copy(entries, entriesOf(descriptor), (<usize>lengthOf(descriptor)) * ENTRY_SIZE);
    give(entriesOf(descriptor), (<usize>capacity) * ENTRY_SIZE);
  }
  store<u32>(descriptor, <u32>entries, LANE_ENTRIES);
  store<u32>(descriptor, <u32>(bytes / ENTRY_SIZE), LANE_CAPACITY);
}

/** The first place whose (threshold, ordinal) is not below the given one. */
function searchEntry(descriptor: usize, threshold: i32, ordinal: u32): u32 {
  const entries = entriesOf(descriptor);
  let low: u32 = 0;
  let high = lengthOf(descriptor);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = entries + (<usize>middle) * ENTRY_SIZE;
    const there = load<i32>(at, ENTRY_THRESHOLD);
    if (there < threshold || (there == threshold && load<u32>(at, ENTRY_ORDINAL) < ordinal)) low = middle + 1;
    else high = middle;
  }
  return low;
}
