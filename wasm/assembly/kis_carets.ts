// The carets of a KIS payload, `f1^f2^…`: found 64 bytes at a time, their places written down one after the other, so
// that a field is two loads away and nothing depends on how long the fields before it are.

import { KIS_FRAME_MAX } from "../layout";
import { give, take } from "./memory";

const BLOCK: usize = 64;
const LINE_FEED: i8 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
/** How many places are written at once, whether there are as many or not: a fixed number is cheaper than a loop. */
const BURST: u32 = 8;

/** The places, u32 each, the text's end after the last. */
let places: usize = 0;
let placesBytes: usize = 0;
/** What findCarets found: the line feed that ends the line, or the limit; and where the text before it ends. */
export let lineEnd: usize = 0;
export let textEnd: usize = 0;

/**
 * Finds the carets of the payload that begins at `payload` and ends with its line, or at `limit`; how many there are.
 * `lineEnd` is then where the line feed stands, or `limit`. Of a longer line no more than KIS_FRAME_MAX bytes, a
 * carriage return and a byte are looked at: its text comes out too long.
 */
export function findCarets(payload: usize, limit: usize): u32 {
  const first = places;
  const last = min(limit, payload + <usize>KIS_FRAME_MAX + 2);
  let out = first;
  let end = last;
  for (let block = payload; block < end; block += BLOCK) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    let carets = caretsIn(a) | (caretsIn(b) << 16) | (caretsIn(c) << 32) | (caretsIn(d) << 48);
    const feeds = v128.or(v128.or(feedsIn(a), feedsIn(b)), v128.or(feedsIn(c), feedsIn(d)));
    if (v128.any_true(feeds)) end = min(end, block + firstFeed(a, b, c, d));
    if (end - block < BLOCK) carets &= ((1 as u64) << (end - block)) - 1;
    const count = <u32>popcnt<u64>(carets);
    carets = writeBurst(out, block, carets);
    if (count > BURST) {
      carets = writeBurst(out + (BURST << 2), block, carets);
      for (let at = out + (2 * BURST << 2); carets != 0; at += BURST << 2) carets = writeBurst(at, block, carets);
    }
    out += <usize>count << 2;
  }
  lineEnd = end;
  textEnd = end > payload && load<u8>(end - 1) == CARRIAGE_RETURN ? end - 1 : end;
  store<u32>(out, <u32>textEnd);
  return <u32>((out - first) >> 2);
}

// @ts-ignore: decorator
@inline
function feedsIn(bytes: v128): v128 {
  return i8x16.eq(bytes, i8x16.splat(LINE_FEED));
}

function firstFeed(a: v128, b: v128, c: v128, d: v128): usize {
  const feeds = maskOf(feedsIn(a)) | (maskOf(feedsIn(b)) << 16) | (maskOf(feedsIn(c)) << 32) | (maskOf(feedsIn(d)) << 48);
  return <usize>ctz<u64>(feeds);
}

// @ts-ignore: decorator
@inline
function maskOf(bytes: v128): u64 {
  return <u64><u32>i8x16.bitmask(bytes);
}

/** Where the places begin that belong to a record, by the number of its first field. */
// @ts-ignore: decorator
@inline
export function caretsFrom(field: u32): usize {
  return places + (<usize>field << 2);
}

/** Where a field of that record ends, on its caret or at the text's end; `field` counts from the record's first. */
// @ts-ignore: decorator
@inline
export function afterOf(carets: usize, field: usize): usize {
  return <usize>load<u32>(carets + (field << 2));
}

/** The carets of 16 bytes, a bit each. */
// @ts-ignore: decorator
@inline
function caretsIn(bytes: v128): u64 {
  return maskOf(i8x16.eq(bytes, i8x16.splat(0x5e)));
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

/** Makes room for the carets of a payload of `length` bytes, and for a burst more. */
export function reserveCarets(length: usize): void {
  const bytes = (length + BLOCK + 2 * BURST) << 2;
  if (bytes <= placesBytes) return;
  if (placesBytes > 0) give(places, placesBytes);
  places = take(bytes);
  placesBytes = bytes;
}
