// What a measure of candles has reckoned of a symbol's closed candles: it is good until the next candle begins, so that a
// trade costs a few steps however many candles are read. A symbol's are a list:
//
//   u32 next, u32 measure's number, u32 key (the candle or minute that forms), u32 1: there is a value, f64 × 4

import { STATE_REMEMBERED } from "../layout";
import { take } from "./memory";

const AT_MEASURE: usize = 4;
const AT_KEY: usize = 8;
const AT_KNOWN: usize = 12;
export const FIRST: usize = 16;
export const SECOND: usize = 24;
export const THIRD: usize = 32;
export const FOURTH: usize = 40;
const BYTES: usize = 64;
/** No candle has this number. */
const NO_KEY: u32 = 0xffffffff;

/** What is remembered of a measure of a symbol, to be reckoned anew unless `isFresh` says otherwise. */
// @ts-ignore: decorator
@inline
export function rememberedOf(state: usize, measure: u32): usize {
  let at: usize = load<u32>(state, STATE_REMEMBERED);
  while (at != 0 && load<u32>(at, AT_MEASURE) != measure) at = load<u32>(at);
  return at != 0 ? at : remember(state, measure);
}

function remember(state: usize, measure: u32): usize {
  const at = take(BYTES);
  memory.fill(at, 0, BYTES);
  store<u32>(at, load<u32>(state, STATE_REMEMBERED));
  store<u32>(at, measure, AT_MEASURE);
  store<u32>(at, NO_KEY, AT_KEY);
  store<u32>(state, <u32>at, STATE_REMEMBERED);
  return at;
}

/** What was reckoned of a symbol's candles or reference was reckoned of others than it has now. */
export function forgetRemembered(state: usize): void {
  for (let at: usize = load<u32>(state, STATE_REMEMBERED); at != 0; at = load<u32>(at)) store<u32>(at, NO_KEY, AT_KEY);
}

// @ts-ignore: decorator
@inline
export function isFresh(at: usize, key: u32): bool {
  return load<u32>(at, AT_KEY) == key;
}

/** Notes for which candle it is reckoned, and whether there is a value at all. */
export function setFresh(at: usize, key: u32, known: bool): void {
  store<u32>(at, key, AT_KEY);
  store<u32>(at, u32(known), AT_KNOWN);
}

// @ts-ignore: decorator
@inline
export function isKnown(at: usize): bool {
  return load<u32>(at, AT_KNOWN) != 0;
}
