// The carets of a KIS payload, `f1^f2^…`: found 64 bytes at a time into bitmaps, then walked.

import { KIS_FRAME_MAX } from "../layout";
import { take } from "./memory";

const BLOCK: usize = 64;

let masks: usize = 0;
/** The payload, and where the walk is: the block of 64 bytes and the carets in it that were not passed. */
let start: usize = 0;
let after: usize = 0;
let block: usize = 0;
let mask: u64 = 0;

/** Finds the carets of a payload of at most KIS_FRAME_MAX bytes and answers how many there are. */
export function findCarets(payload: usize, end: usize): u32 {
  if (masks == 0) masks = take(((<usize>KIS_FRAME_MAX) / BLOCK + 1) * 8);
  start = payload;
  after = end;
  let found: u32 = 0;
  let at = masks;
  for (let place = payload; place < end; place += BLOCK) {
    let carets = caretsIn(place) | (caretsIn(place + 16) << 16) | (caretsIn(place + 32) << 32) |
      (caretsIn(place + 48) << 48);
    if (end - place < BLOCK) carets &= ((1 as u64) << (end - place)) - 1;
    store<u64>(at, carets);
    found += <u32>popcnt<u64>(carets);
    at += 8;
  }
  block = 0;
  mask = payload < end ? load<u64>(masks) : 0;
  return found;
}

// @ts-ignore: decorator
@inline
function caretsIn(place: usize): u64 {
  return <u64><u32>i8x16.bitmask(i8x16.eq(v128.load(place), i8x16.splat(0x5e)));
}

/** The next caret, or the payload's end when there is none. */
// @ts-ignore: decorator
@inline
export function nextCaret(): usize {
  while (mask == 0) {
    block += BLOCK;
    if (start + block >= after) return after;
    mask = load<u64>(masks + (block >> 3));
  }
  const caret = start + block + <usize>ctz<u64>(mask);
  mask &= mask - 1;
  return caret;
}

/** Passes `count` carets, which must be there. */
// @ts-ignore: decorator
@inline
export function passCarets(count: u32): void {
  let left = count;
  let there = <u32>popcnt<u64>(mask);
  while (there < left) {
    left -= there;
    block += BLOCK;
    mask = load<u64>(masks + (block >> 3));
    there = <u32>popcnt<u64>(mask);
  }
  while (left-- > 0) mask &= mask - 1;
}
