// A symbol's minutes as measures of candles find them: those that closed (closed.ts), and the one that forms.

import {
  CLOSED_CLOSE,
  CLOSED_HIGH,
  CLOSED_LOW,
  CLOSED_MINUTE,
  CLOSED_SIZE,
  CLOSED_VOLUME,
  DAY_MS,
  MINUTE_MS,
  SEOUL_MS,
  STATE_CLOSED_END,
  STATE_CLOSED_FIRST,
  STATE_HIGH_PRICE,
  STATE_LOW_PRICE,
  STATE_MINUTE,
  STATE_TRADES,
  STATE_VOLUME,
} from "../layout";
import { entryAt, placeOf } from "./closed";

/** The first minute of a day in Seoul. */
// @ts-ignore: decorator
@inline
export function firstMinuteOf(day: u32): u32 {
  return <u32>(((<i64>day) * DAY_MS - SEOUL_MS) / MINUTE_MS);
}

// @ts-ignore: decorator
@inline
export function minuteAt(entry: usize): u32 { return load<u32>(entry, CLOSED_MINUTE); }
// @ts-ignore: decorator
@inline
export function highAt(entry: usize): f64 { return <f64>load<i32>(entry, CLOSED_HIGH); }
// @ts-ignore: decorator
@inline
export function lowAt(entry: usize): f64 { return <f64>load<i32>(entry, CLOSED_LOW); }
// @ts-ignore: decorator
@inline
export function closeAt(entry: usize): f64 { return <f64>load<i32>(entry, CLOSED_CLOSE); }
// @ts-ignore: decorator
@inline
export function volumeAt(entry: usize): f64 { return load<f64>(entry, CLOSED_VOLUME); }
// @ts-ignore: decorator
@inline
export function entryAfter(entry: usize): usize { return entry + CLOSED_SIZE; }
// @ts-ignore: decorator
@inline
export function entryBefore(entry: usize): usize { return entry - CLOSED_SIZE; }

/** The first closed minute of a symbol, and after the last one; the same when there is none. */
export function firstEntry(state: usize): usize {
  return entryAt(state, load<u32>(state, STATE_CLOSED_FIRST));
}

export function entriesEnd(state: usize): usize {
  return entryAt(state, load<u32>(state, STATE_CLOSED_END));
}

/** The first closed minute at or after one; where they end when there is none. */
export function entryFrom(state: usize, minute: u32): usize {
  return entryAt(state, placeOf(state, minute));
}

/** Of one minute, the one that forms or a closed one, what is known of it before the trade that is evaluated. */
export let highOfMinute: f64 = 0;
export let lowOfMinute: f64 = 0;
export let volumeOfMinute: f64 = 0;

/** Reads a minute; false: it has no trades, its volume is 0. */
export function readMinute(state: usize, minute: u32): bool {
  if (load<u32>(state, STATE_TRADES) != 0 && load<u32>(state, STATE_MINUTE) == minute) {
    highOfMinute = <f64>load<i32>(state, STATE_HIGH_PRICE);
    lowOfMinute = <f64>load<i32>(state, STATE_LOW_PRICE);
    volumeOfMinute = load<f64>(state, STATE_VOLUME);
    return true;
  }
  const entry = entryFrom(state, minute);
  volumeOfMinute = 0;
  if (entry == entriesEnd(state) || minuteAt(entry) != minute) return false;
  highOfMinute = highAt(entry);
  lowOfMinute = lowAt(entry);
  volumeOfMinute = volumeAt(entry);
  return true;
}
