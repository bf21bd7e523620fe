// Bulk load: all rules at once, sorted by (lane, threshold, ordinal) with a radix sort, so that a million rules take a
// fraction of a second and ordinals are given out in threshold order.
//
// The TypeScript side writes an item for each rule, see BULK_* in ../layout.ts; those that have an ordinal come first,
// in its order. `fillFromItems` empties the lanes, fills them, and leaves behind the ordinal of each item by its index.

import {
  BULK_INDEX,
  BULK_ITEM_SIZE,
  BULK_KEY,
  BULK_ORDINAL,
  BULK_THRESHOLD,
  ENTRY_ORDINAL,
  ENTRY_SIZE,
  ENTRY_THRESHOLD,
  LANE_COUNT,
  LANE_LENGTH,
  LANE_SLOTS,
  NO_ORDINAL,
} from "../layout";
import { entriesOf, forgetRows, laneAt, reserveEntries } from "./lanes";
import { give, take } from "./memory";
import { blockAt, symbolCount } from "./symbols";

const RADIX_BITS: u32 = 11;
const RADIX: u32 = 1 << RADIX_BITS;
const LANES: u32 = LANE_COUNT;
/** A threshold is signed; with its sign bit flipped it sorts as unsigned. */
const SIGN_BIT: u32 = 0x80000000;

/** Two buffers: a pass of the sort reads one and writes the other. */
let items: usize = 0;
let others: usize = 0;
let bytes: usize = 0;

/** A buffer for `count` items. */
export function takeItems(count: u32): usize {
  bytes = max<usize>((<usize>count) * BULK_ITEM_SIZE, BULK_ITEM_SIZE);
  items = take(bytes);
  others = take(bytes);
  return items;
}

export function giveItems(): void {
  give(items, bytes);
  give(others, bytes);
}

/**
 * Empties every lane and fills it from the items; new ordinals count up from `nextOrdinal`.
 *
 * @returns the address of the ordinals by item index, u32 each, good until giveItems.
 */
export function sortAndFill(count: u32, nextOrdinal: u32): usize {
  emptyLanes();
  const counts = take(RADIX * 4);
  // Least significant first; each pass keeps the order of the one before among equals.
  for (let shift: u32 = 0; shift < 32; shift += RADIX_BITS) sortPass(count, counts, BULK_THRESHOLD, shift, SIGN_BIT);
  const keys = symbolCount * LANE_SLOTS;
  for (let shift: u32 = 0; shift < 32 && keys >> shift > 0; shift += RADIX_BITS) {
    sortPass(count, counts, BULK_KEY, shift, 0);
  }
  give(counts, RADIX * 4);
  fillLanes(count, nextOrdinal);
  return others;
}

function emptyLanes(): void {
  for (let index: u32 = 0; index < symbolCount; index++) {
    const block = blockAt(index);
    forgetRows(block);
    for (let lane: u32 = 0; lane < LANES; lane++) store<u32>(laneAt(block, lane), 0, LANE_LENGTH);
  }
}

/** One stable pass over RADIX_BITS bits of a word of the items. */
function sortPass(count: u32, counts: usize, word: usize, shift: u32, flip: u32): void {
  memory.fill(counts, 0, RADIX * 4);
  const end = items + (<usize>count) * BULK_ITEM_SIZE;
  for (let item = items; item < end; item += BULK_ITEM_SIZE) {
    const there = counts + (<usize>digitOf(item, word, shift, flip) << 2);
    store<u32>(there, load<u32>(there) + 1);
  }
  // All in one bucket: nothing to move.
  if (count == 0 || load<u32>(counts + (<usize>digitOf(items, word, shift, flip) << 2)) == count) return;
  let sum: usize = others;
  for (let bucket = counts; bucket < counts + RADIX * 4; bucket += 4) {
    const there = load<u32>(bucket);
    store<u32>(bucket, <u32>sum);
    sum += (<usize>there) * BULK_ITEM_SIZE;
  }
  for (let item = items; item < end; item += BULK_ITEM_SIZE) {
    const bucket = counts + (<usize>digitOf(item, word, shift, flip) << 2);
    const place = <usize>load<u32>(bucket);
    store<u32>(bucket, <u32>place + BULK_ITEM_SIZE);
    v128.store(place, v128.load(item));
  }
  const swap = items;
  items = others;
  others = swap;
}

// @ts-ignore: decorator
@inline
function digitOf(item: usize, word: usize, shift: u32, flip: u32): u32 {
  return ((load<u32>(item + word) ^ flip) >> shift) & (RADIX - 1);
}

function fillLanes(count: u32, nextOrdinal: u32): void {
  const end = items + (<usize>count) * BULK_ITEM_SIZE;
  let first = items;
  while (first < end) {
    const key = load<u32>(first, BULK_KEY);
    let after = first + BULK_ITEM_SIZE;
    while (after < end && load<u32>(after, BULK_KEY) == key) after += BULK_ITEM_SIZE;
    const length = <u32>((after - first) / BULK_ITEM_SIZE);
    const descriptor = laneAt(blockAt(key / LANE_SLOTS), key % LANE_SLOTS);
    reserveEntries(descriptor, length);
    let entry = entriesOf(descriptor);
    for (let item = first; item < after; item += BULK_ITEM_SIZE) {
      let ordinal = load<u32>(item, BULK_ORDINAL);
      if (ordinal == NO_ORDINAL) ordinal = nextOrdinal++;
      store<i32>(entry, load<i32>(item, BULK_THRESHOLD), ENTRY_THRESHOLD);
      store<u32>(entry, ordinal, ENTRY_ORDINAL);
      store<u32>(others + (<usize>load<u32>(item, BULK_INDEX) << 2), ordinal);
      entry += ENTRY_SIZE;
    }
    store<u32>(descriptor, length, LANE_LENGTH);
    first = after;
  }
}
