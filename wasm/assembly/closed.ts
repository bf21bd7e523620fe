// A symbol's closed candles: CLOSED_SIZE each, ascending by minute, in a block of their own that the symbol's state names.
// Those of a minute before `keptFrom` do not count, whether they are still there or not: it is a pure function of the
// partition's time, so that an engine that was restored sees what one sees that never stopped.

import {
  CLOSED_CHANGED,
  CLOSED_CLOSE,
  CLOSED_HIGH,
  CLOSED_LOW,
  CLOSED_MINUTE,
  CLOSED_OPEN,
  CLOSED_SIZE,
  CLOSED_TRADES,
  CLOSED_VALUE,
  CLOSED_VOLUME,
  MAX_EXACT,
  STATE_CLOSED,
  STATE_CLOSED_END,
  STATE_CLOSED_FIRST,
  STATE_CLOSED_ROOM,
  STATE_FORGOTTEN,
} from "../layout";
import { blockSize, give, take } from "./memory";

/** A power of two: twelve candles. */
const FIRST_BYTES: usize = 512;

/** The first minute whose candles count. */
let keptFrom: u32 = 0;

export function keepClosedFrom(minute: u32): void {
  keptFrom = minute;
}

/** The closed candle of a minute, 0 when there is none. */
export function closedOf(state: usize, minute: u32): usize {
  forget(state);
  const place = placeOf(state, minute);
  if (place == load<u32>(state, STATE_CLOSED_END)) return 0;
  const entry = entryAt(state, place);
  return load<u32>(entry, CLOSED_MINUTE) == minute ? entry : 0;
}

/** Room for the candle of a minute: the one that is there, else one of zeros in its place. */
export function makeClosed(state: usize, minute: u32): usize {
  forget(state);
  const end = load<u32>(state, STATE_CLOSED_END);
  let place = placeOf(state, minute);
  if (place < end && load<u32>(entryAt(state, place), CLOSED_MINUTE) == minute) return entryAt(state, place);
  if (end == load<u32>(state, STATE_CLOSED_ROOM)) place -= reserve(state);
  const last = load<u32>(state, STATE_CLOSED_END);
  const entry = entryAt(state, place);
  if (place < last) memory.copy(entry + CLOSED_SIZE, entry, (<usize>(last - place)) * CLOSED_SIZE);
  for (let word: usize = 0; word < <usize>CLOSED_SIZE; word += 8) store<u64>(entry + word, 0);
  store<u32>(entry, minute, CLOSED_MINUTE);
  store<u32>(state, last + 1, STATE_CLOSED_END);
  // What comes too late is stepped over the next time.
  if (minute < keptFrom) store<u32>(state, 0, STATE_FORGOTTEN);
  return entry;
}

/** Puts a trade into a closed candle. Its open and close stay: nobody knows whether the trade was before them. */
export function addToClosed(entry: usize, price: i32, volume: f64): void {
  const trades = load<u32>(entry, CLOSED_TRADES);
  if (trades == 0) {
    store<i32>(entry, price, CLOSED_OPEN);
    store<i32>(entry, price, CLOSED_HIGH);
    store<i32>(entry, price, CLOSED_LOW);
    store<i32>(entry, price, CLOSED_CLOSE);
  }
  store<i32>(entry, max(load<i32>(entry, CLOSED_HIGH), price), CLOSED_HIGH);
  store<i32>(entry, min(load<i32>(entry, CLOSED_LOW), price), CLOSED_LOW);
  store<u32>(entry, (trades + 1) | CLOSED_CHANGED, CLOSED_TRADES);
  store<f64>(entry, sum(load<f64>(entry, CLOSED_VOLUME), volume), CLOSED_VOLUME);
  store<f64>(entry, sum(load<f64>(entry, CLOSED_VALUE), volume * price), CLOSED_VALUE);
}

/** A sum that stays a whole number: what no market trades stands still at the largest. */
// @ts-ignore: decorator
@inline
export function sum(a: f64, b: f64): f64 {
  return min<f64>(a + b, <f64>MAX_EXACT);
}

/** The candle at a place, from STATE_CLOSED_FIRST up to STATE_CLOSED_END. */
// @ts-ignore: decorator
@inline
export function entryAt(state: usize, place: u32): usize {
  return (<usize>load<u32>(state, STATE_CLOSED)) + (<usize>place) * CLOSED_SIZE;
}

/** Steps over the candles that count no more. */
// @ts-ignore: decorator
@inline
function forget(state: usize): void {
  if (load<u32>(state, STATE_FORGOTTEN) != keptFrom) stepOver(state);
}

function stepOver(state: usize): void {
  const end = load<u32>(state, STATE_CLOSED_END);
  let first = load<u32>(state, STATE_CLOSED_FIRST);
  while (first < end && load<u32>(entryAt(state, first), CLOSED_MINUTE) < keptFrom) first++;
  store<u32>(state, first, STATE_CLOSED_FIRST);
  store<u32>(state, keptFrom, STATE_FORGOTTEN);
}

/** The place of the first candle of a minute or a later one; STATE_CLOSED_END when there is none. */
export function placeOf(state: usize, minute: u32): u32 {
  let low = load<u32>(state, STATE_CLOSED_FIRST);
  let high = load<u32>(state, STATE_CLOSED_END);
  // Mostly it is behind the newest one.
  if (low < high && load<u32>(entryAt(state, high - 1), CLOSED_MINUTE) < minute) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(entryAt(state, middle), CLOSED_MINUTE) < minute) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Makes room for one more where there is none: where a quarter counts no more it is written over, else the block grows.
 *
 * @returns by how many places the candles went down.
 */
function reserve(state: usize): u32 {
  const room = load<u32>(state, STATE_CLOSED_ROOM);
  const end = load<u32>(state, STATE_CLOSED_END);
  const first = load<u32>(state, STATE_CLOSED_FIRST);
  const old: usize = load<u32>(state, STATE_CLOSED);
  const bytes = (<usize>(end - first)) * CLOSED_SIZE;
  if (room > 0 && first >= room >> 2) {
    memory.copy(old, old + (<usize>first) * CLOSED_SIZE, bytes);
  } else {
    const before = (<usize>room) * CLOSED_SIZE;
    const size = room == 0 ? FIRST_BYTES : blockSize(before) << 1;
    const grown = take(size);
    if (room > 0) {
      memory.copy(grown, old + (<usize>first) * CLOSED_SIZE, bytes);
      give(old, before);
    }
    store<u32>(state, <u32>grown, STATE_CLOSED);
    store<u32>(state, <u32>(size / CLOSED_SIZE), STATE_CLOSED_ROOM);
  }
  store<u32>(state, 0, STATE_CLOSED_FIRST);
  store<u32>(state, end - first, STATE_CLOSED_END);
  return first;
}
