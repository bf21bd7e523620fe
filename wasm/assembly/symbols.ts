// Symbols: an open hash table from a code, packed into a u64, to the symbol's block of lanes and rows.

import { BLOCK_ROWS, BLOCK_STATE, ROW_SIZE, ROW_WINDOW, STATE_CODE, STATE_INDEX } from "../layout";
import { give, take } from "./memory";
import { rowSlots, NO_WINDOW } from "./windows";

const SLOT_SIZE: usize = 16; // u64 code, u32 block, u32 unused
const FIRST_SLOTS: u32 = 4096;
const BLOCK_GAP: usize = 64;

let slots: usize = 0;
let slotMask: u32 = 0;
let slotShift: u64 = 0;
/** The blocks by symbol index, as they were made. */
let blocks: usize = 0;
let blocksCapacity: u32 = 0;
export let symbolCount: u32 = 0;

// @ts-ignore: decorator
@inline
function firstSlot(code: u64): u32 {
  return <u32>((code * 0x9e3779b97f4a7c15) >> slotShift);
}

/** The block of a symbol, or 0. */
// @ts-ignore: decorator
@inline
export function blockOf(code: u64): usize {
  let slot = firstSlot(code);
  while (true) {
    const at = slots + (<usize>slot) * SLOT_SIZE;
    const there = load<u64>(at);
    if (there == code) return load<u32>(at, 8);
    if (there == 0) return 0;
    slot = (slot + 1) & slotMask;
  }
}

/** The block of the symbol with this index. */
export function blockAt(index: u32): usize {
  return load<u32>(blocks + ((<usize>index) << 2));
}

/** Makes the empty table. */
export function startSymbols(): void {
  makeSlots(FIRST_SLOTS);
  blocksCapacity = FIRST_SLOTS;
  blocks = take((<usize>blocksCapacity) << 2);
}

/** The block of a symbol, which is made where there is none. */
export function addSymbol(code: u64): usize {
  const there = blockOf(code);
  if (there != 0) return there;
  if (symbolCount * 2 >= slotMask) rehash();
  if (symbolCount == blocksCapacity) growBlocks();
  const block = makeBlock();
  store<u64>(block + BLOCK_STATE, code, STATE_CODE);
  store<u32>(block + BLOCK_STATE, symbolCount, STATE_INDEX);
  insert(code, <u32>block);
  store<u32>(blocks + ((<usize>symbolCount) << 2), <u32>block);
  symbolCount++;
  return block;
}

function makeSlots(count: u32): void {
  const bytes = (<usize>count) * SLOT_SIZE;
  slots = take(bytes);
  memory.fill(slots, 0, bytes);
  slotMask = count - 1;
  slotShift = 64 - ctz<u32>(count);
}

function insert(code: u64, block: u32): void {
  let slot = firstSlot(code);
  while (load<u64>(slots + (<usize>slot) * SLOT_SIZE) != 0) slot = (slot + 1) & slotMask;
  const at = slots + (<usize>slot) * SLOT_SIZE;
  store<u64>(at, code);
  store<u32>(at, block, 8);
}

function rehash(): void {
  const old = slots;
  const count = slotMask + 1;
  makeSlots(count * 2);
  for (let slot: u32 = 0; slot < count; slot++) {
    const at = old + (<usize>slot) * SLOT_SIZE;
    if (load<u64>(at) != 0) insert(load<u64>(at), load<u32>(at, 8));
  }
  give(old, (<usize>count) * SLOT_SIZE);
}

function growBlocks(): void {
  const larger = take((<usize>blocksCapacity) << 3);
  memory.copy(larger, blocks, (<usize>blocksCapacity) << 2);
  give(blocks, (<usize>blocksCapacity) << 2);
  blocks = larger;
  blocksCapacity <<= 1;
}

/** What is left of the memory that blocks are cut from: they are never given back. */
let slab: usize = 0;
let slabEnd: usize = 0;
const SLAB_BYTES: usize = 32768;

/**
 * A block without rules: no entries in any lane, and rows of no window. An odd number of cache lines: were it a power of two,
 * the same line of every block would want the same few places in the cache.
 */
function makeBlock(): usize {
  const bytes = (<usize>BLOCK_ROWS) + (<usize>rowSlots) * ROW_SIZE + BLOCK_GAP;
  if (slab + bytes > slabEnd) {
    slab = take(SLAB_BYTES);
    slabEnd = slab + SLAB_BYTES;
  }
  const block = slab;
  slab += bytes;
  memory.fill(block, 0, bytes);
  for (let row: u32 = 0; row < rowSlots; row++) {
    store<u32>(block + BLOCK_ROWS + (<usize>row) * ROW_SIZE, NO_WINDOW, ROW_WINDOW);
  }
  return block;
}
