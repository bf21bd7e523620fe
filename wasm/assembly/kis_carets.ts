// The carets of a KIS payload, `f1^f2^…`: found 64 bytes at a time, their places written down one after the other, so
// that a field is two loads away and nothing depends on how long the fields before it are.

import { give, take } from "./memory";

const BLOCK: usize = 64;
/** How many places are written at once, whether there are as many or not: a fixed number is cheaper than a loop. */
const BURST: u32 = 8;

/** The places, u32 each, the payload's end after the last. */
let places: usize = 0;
let placesBytes: usize = 0;

/** Finds the carets of a payload and answers how many there are. */
export function findCarets(payload: usize, end: usize): u32 {
  reserve(end - payload);
  let out = places;
  for (let block = payload; block < end; block += BLOCK) {
    let carets = caretsIn(block) | (caretsIn(block + 16) << 16) | (caretsIn(block + 32) << 32) |
      (caretsIn(block + 48) << 48);
    if (end - block < BLOCK) carets &= ((1 as u64) << (end - block)) - 1;
    const count = <u32>popcnt<u64>(carets);
    carets = writeBurst(out, block, carets);
    if (count > BURST) {
      carets = writeBurst(out + (BURST << 2), block, carets);
      for (let at = out + (2 * BURST << 2); carets != 0; at += BURST << 2) carets = writeBurst(at, block, carets);
    }
    out += <usize>count << 2;
  }
  store<u32>(out, <u32>end);
  return <u32>((out - places) >> 2);
}

/** Where a field ends: on its caret, or at the payload's end. */
// @ts-ignore: decorator
@inline
export function fieldAfter(field: u32): usize {
  return <usize>load<u32>(places + (<usize>field << 2));
}

/** The carets of 16 bytes, a bit each. */
// @ts-ignore: decorator
@inline
function caretsIn(place: usize): u64 {
  return <u64><u32>i8x16.bitmask(i8x16.eq(v128.load(place), i8x16.splat(0x5e)));
}

/** Writes the places of the first eight carets of a block and answers the others. */
// @ts-ignore: decorator
@inline
function writeBurst(out: usize, block: usize, carets: u64): u64 {
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)));
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 4);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 8);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 12);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 16);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 20);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 24);
  carets &= carets - 1;
  store<u32>(out, <u32>(block + <usize>ctz<u64>(carets)), 28);
  return carets & (carets - 1);
}

/** Room for the carets of a payload of `length` bytes, and for a burst more. */
function reserve(length: usize): void {
  const bytes = (length + BLOCK + 2 * BURST) << 2;
  if (bytes <= placesBytes) return;
  if (placesBytes > 0) give(places, placesBytes);
  places = take(bytes);
  placesBytes = bytes;
}
