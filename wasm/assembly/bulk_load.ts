// Bulk load: all rules at once, sorted by (lane, threshold, ordinal) with a radix sort, so that a million rules take a
// fraction of a second and ordinals can be given out in threshold order.
//
// The TypeScript side writes an item for each rule: u32 lane key (symbol index * LANE_SLOTS + lane), i32 threshold,
// u32 ordinal or NO_ORDINAL, u32 unused; those that have an ordinal first and in its order. After `sortAndFill` the
// items stand where they stood and each has its ordinal.

import { ENTRY_ORDINAL, ENTRY_SIZE, ENTRY_THRESHOLD, LANE_COUNT, LANE_LENGTH, LANE_SLOTS } from "../layout";
import { BULK_ITEM_SIZE, BULK_KEY, BULK_ORDINAL, BULK_THRESHOLD, NO_ORDINAL } from "../layout";
import { forgetRows, laneAt, reserveEntries, entriesOf } from "./lanes";
import { give, take } from "./memory";
import { blockAt, symbolCount } from "./symbols";

const RADIX_BITS: u32 = 11;
const RADIX: u32 = 1 << RADIX_BITS;
const LANES: u32 = LANE_COUNT;

let items: usize = 0;
let itemsBytes: usize = 0;

/** A buffer for `count` items. */
export function takeItems(count: u32): usize {
  itemsBytes = (<usize>count) * BULK_ITEM_SIZE;
  items = take(max<usize>(itemsBytes, BULK_ITEM_SIZE));
  return items;
}

export function giveItems(): void {
  give(items, max<usize>(itemsBytes, BULK_ITEM_SIZE));
  items = 0;
}

/** Empties every lane and fills it from the items; new ordinals count up from `nextOrdinal`. */
export function sortAndFill(count: u32, nextOrdinal: u32): void {
  emptyLanes();
  if (count == 0) return;
  const bytes = (<usize>count) << 2;
  let order = take(bytes);
  let other = take(bytes);
  for (let each: u32 = 0; each < count; each++) store<u32>(order + (<usize>each << 2), each);
  const counts = take(RADIX * 4);
  for (let pass: u32 = 0; pass < 3; pass++) {
    sortPass(order, other, count, counts, BULK_THRESHOLD, pass * RADIX_BITS, 0x80000000);
    const swap = order; order = other; other = swap;
  }
  const laneKeys = symbolCount * LANE_SLOTS;
  for (let shift: u32 = 0; shift < 32 && (laneKeys >> shift) > 0; shift += RADIX_BITS) {
    sortPass(order, other, count, counts, BULK_KEY, shift, 0);
    const swap = order; order = other; other = swap;
  }
  give(counts, RADIX * 4);
  fillLanes(order, count, nextOrdinal);
  give(order, bytes);
  give(other, bytes);
}

function emptyLanes(): void {
  for (let index: u32 = 0; index < symbolCount; index++) {
    const block = blockAt(index);
    forgetRows(block);
    for (let lane: u32 = 0; lane < LANES; lane++) store<u32>(laneAt(block, lane), 0, LANE_LENGTH);
  }
}

/** One stable pass over RADIX_BITS bits of a word of the items; `flip` turns a signed order into an unsigned one. */
function sortPass(from: usize, to: usize, count: u32, counts: usize, word: usize, shift: u32, flip: u32): void {
  memory.fill(counts, 0, RADIX * 4);
  for (let each: u32 = 0; each < count; each++) {
    const digit = digitOf(load<u32>(from + (<usize>each << 2)), word, shift, flip);
    store<u32>(counts + (<usize>digit << 2), load<u32>(counts + (<usize>digit << 2)) + 1);
  }
  let sum: u32 = 0;
  for (let digit: u32 = 0; digit < RADIX; digit++) {
    const there = load<u32>(counts + (<usize>digit << 2));
    store<u32>(counts + (<usize>digit << 2), sum);
    sum += there;
  }
  for (let each: u32 = 0; each < count; each++) {
    const item = load<u32>(from + (<usize>each << 2));
    const digit = digitOf(item, word, shift, flip);
    const place = load<u32>(counts + (<usize>digit << 2));
    store<u32>(counts + (<usize>digit << 2), place + 1);
    store<u32>(to + (<usize>place << 2), item);
  }
}

// @ts-ignore: decorator
@inline
function digitOf(item: u32, word: usize, shift: u32, flip: u32): u32 {
  return ((load<u32>(items + (<usize>item) * BULK_ITEM_SIZE + word) ^ flip) >> shift) & (RADIX - 1);
}

function fillLanes(order: usize, count: u32, nextOrdinal: u32): void {
  let first: u32 = 0;
  while (first < count) {
    const key = load<u32>(itemAt(order, first), BULK_KEY);
    let after = first + 1;
    while (after < count && load<u32>(itemAt(order, after), BULK_KEY) == key) after++;
    const descriptor = laneAt(blockAt(key / LANE_SLOTS), key % LANE_SLOTS);
    reserveEntries(descriptor, after - first);
    let entry = entriesOf(descriptor);
    for (let each = first; each < after; each++) {
      const item = itemAt(order, each);
      if (load<u32>(item, BULK_ORDINAL) == NO_ORDINAL) store<u32>(item, nextOrdinal++, BULK_ORDINAL);
      store<i32>(entry, load<i32>(item, BULK_THRESHOLD), ENTRY_THRESHOLD);
      store<u32>(entry, load<u32>(item, BULK_ORDINAL), ENTRY_ORDINAL);
      entry += ENTRY_SIZE;
    }
    store<u32>(descriptor, after - first, LANE_LENGTH);
    first = after;
  }
}

// @ts-ignore: decorator
@inline
function itemAt(order: usize, place: u32): usize {
  return items + (<usize>load<u32>(order + (<usize>place << 2))) * BULK_ITEM_SIZE;
}
