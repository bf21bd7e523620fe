// Measures of the last minutes of today: move, move_won, volume, volume_ratio, range. Said in plain TypeScript in
// src/rules/measures/minutes.ts and the file of each.

import {
  MEASURE_MOVE,
  MEASURE_MOVE_WON,
  MEASURE_RANGE,
  MEASURE_VOLUME,
  MINUTE_MS,
  NO_VALUE,
  SNAP_DAY,
  SNAP_PENDING,
  SNAP_PRICE,
  SNAP_TIME,
  SNAP_VENUE,
  SNAP_VOLUME,
} from "../layout";
import { clamp, percent, ratio } from "./arithmetic";
import { sum } from "./closed";
import { sessionStartOf } from "./days";
import {
  closeAt,
  entriesEnd,
  entryAfter,
  entryBefore,
  entryFrom,
  firstEntry,
  firstMinuteOf,
  highAt,
  highOfMinute,
  lowAt,
  lowOfMinute,
  minuteAt,
  readMinute,
  volumeAt,
  volumeOfMinute,
} from "./minutes";
import { FIRST, FOURTH, isFresh, isKnown, rememberedOf, SECOND, setFresh, THIRD } from "./remembered";

/** src/rules/measures/volume_ratio.ts FEWEST_PIECES. */
const FEWEST_PIECES: i32 = 6;

/** @param length minutes. */
export function ofLastMinutes(kind: u32, length: u32, number: u32, snap: usize, state: usize): i32 {
  const time = load<f64>(snap, SNAP_TIME);
  if (time < 0) return NO_VALUE;
  const minute = <u32>(time / MINUTE_MS);
  const price = load<f64>(snap, SNAP_PRICE);
  const at = rememberedOf(state, number);
  if (kind == MEASURE_MOVE || kind == MEASURE_MOVE_WON) {
    if (!isFresh(at, minute)) reckonClose(at, length, minute, snap, state);
    if (!isKnown(at)) return NO_VALUE;
    const close = load<f64>(at, FIRST);
    return kind == MEASURE_MOVE ? percent(price - close, close) : clamp(price - close);
  }
  if (kind == MEASURE_RANGE) {
    if (!isFresh(at, minute)) reckonRange(at, length, minute, snap, state);
    let high = max(load<f64>(at, FIRST), price);
    let low = min(load<f64>(at, SECOND), price);
    if (readMinute(state, minute)) {
      high = max(high, highOfMinute);
      low = min(low, lowOfMinute);
    }
    return percent(high - low, low);
  }
  const own = load<f64>(snap, SNAP_VOLUME);
  if (isNaN(own)) return NO_VALUE;
  // Pieces are counted since the session began, and two venues' trades of one minute may be of different ones.
  const session: i64 = kind == MEASURE_VOLUME ? 0 : sessionStartOf(<u32>load<f64>(snap, SNAP_VENUE), <i64>time);
  if (!isFresh(at, minute) || load<i64>(at, FOURTH) != session) {
    store<i64>(at, session, FOURTH);
    reckonVolumes(at, length, minute, session, snap, state);
  }
  readMinute(state, minute);
  const volume = load<f64>(at, FIRST) +
    (load<f64>(snap, SNAP_PENDING) != 0 ? sum(volumeOfMinute, own) : volumeOfMinute);
  if (kind == MEASURE_VOLUME) return clamp(volume);
  const earlier = load<f64>(at, SECOND);
  return earlier > 0 ? ratio(volume * load<f64>(at, THIRD), earlier, 100) : NO_VALUE;
}

/** The close of the last minute of today that had ended by then. */
function reckonClose(at: usize, length: u32, minute: u32, snap: usize, state: usize): void {
  const after = entryFrom(state, minute - length);
  let known = false;
  if (after > firstEntry(state)) {
    const entry = entryBefore(after);
    known = minuteAt(entry) >= firstMinuteOf(<u32>load<f64>(snap, SNAP_DAY));
    store<f64>(at, closeAt(entry), FIRST);
  }
  setFresh(at, minute, known);
}

function reckonRange(at: usize, length: u32, minute: u32, snap: usize, state: usize): void {
  let high = -Infinity;
  let low = Infinity;
  const end = entryFrom(state, minute);
  for (let entry = entryFrom(state, firstOfToday(minute - length + 1, snap)); entry < end; entry = entryAfter(entry)) {
    high = max(high, highAt(entry));
    low = min(low, lowAt(entry));
  }
  store<f64>(at, high, FIRST);
  store<f64>(at, low, SECOND);
  setFresh(at, minute, true);
}

/** The shares of the minutes before the one that forms; those of the pieces before, and how many these are. */
function reckonVolumes(at: usize, length: u32, minute: u32, session: i64, snap: usize, state: usize): void {
  store<f64>(at, sumOf(state, firstOfToday(minute - length + 1, snap), minute), FIRST);
  const pieces = piecesBefore(length, minute, session, snap, state);
  const from = minute - length + 1 - <u32>pieces * length;
  store<f64>(at, pieces < FEWEST_PIECES ? 0 : sumOf(state, firstOfToday(from, snap), minute - length + 1), SECOND);
  store<f64>(at, <f64>pieces, THIRD);
  setFresh(at, minute, true);
}

/** How many whole pieces there are since the session and the day's first trade began. */
function piecesBefore(length: u32, minute: u32, session: i64, snap: usize, state: usize): i32 {
  const entry = entryFrom(state, firstMinuteOf(<u32>load<f64>(snap, SNAP_DAY)));
  if (entry == entriesEnd(state)) return 0;
  const minutes = <i32>(minute - length + 1) - <i32>max(minuteAt(entry), <u32>(session / MINUTE_MS));
  return max(0, minutes) / <i32>length;
}

/** The shares of closed minutes of `[from, to)`. */
function sumOf(state: usize, from: u32, to: u32): f64 {
  let sum: f64 = 0;
  const end = entryFrom(state, to);
  for (let entry = entryFrom(state, from); entry < end; entry = entryAfter(entry)) sum += volumeAt(entry);
  return sum;
}

function firstOfToday(from: u32, snap: usize): u32 {
  return max(from, firstMinuteOf(<u32>load<f64>(snap, SNAP_DAY)));
}
