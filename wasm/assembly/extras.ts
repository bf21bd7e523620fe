// What few rules have beside a threshold: several conditions, a number of alerts a day. See EXTRA_* in ../layout.ts.

import {
  CONDITION_MEASURE,
  CONDITION_NEGATED,
  CONDITION_SIZE,
  CONDITION_THRESHOLD,
  EXTRA_CONDITIONS,
  EXTRA_COUNTS,
  EXTRA_SHARE,
  EXTRA_SIZE,
  NO_VALUE,
} from "../layout";
import { valueNow, valueOf } from "./measures";
import { give, take } from "./memory";

/** The address of each ordinal's extra, 0 for none. */
let extras: usize = 0;
let room: u32 = 0;

/** Makes room for ordinals below `count`. */
export function reserveExtras(count: u32): void {
  if (count <= room) return;
  let larger = max<u32>(1024, room);
  while (larger < count) larger *= 2;
  const bytes = take((<usize>larger) << 2);
  memory.fill(bytes, 0, (<usize>larger) << 2);
  if (room > 0) {
    memory.copy(bytes, extras, (<usize>room) << 2);
    give(extras, (<usize>room) << 2);
  }
  extras = bytes;
  room = larger;
}

/** How many extras there are. */
let count: u32 = 0;

// @ts-ignore: decorator
@inline
export function extraOf(ordinal: u32): usize {
  return count == 0 ? 0 : load<u32>(extras + (<usize>ordinal << 2));
}

/** Gives an ordinal an extra of so many conditions, which the TypeScript side writes; the counts of `from` stay its own. */
export function makeExtra(ordinal: u32, conditions: u32, share: u32, from: u32): usize {
  const old = extraOf(from);
  const extra = take(<usize>EXTRA_SIZE + (<usize>conditions) * CONDITION_SIZE);
  if (extraOf(ordinal) == 0) count++;
  if (old != 0) {
    store<u64>(extra, load<u64>(old, EXTRA_COUNTS), EXTRA_COUNTS);
    store<u64>(extra, load<u64>(old, EXTRA_COUNTS + 8), EXTRA_COUNTS + 8);
    if (from == ordinal) giveExtra(old);
  } else {
    store<u64>(extra, 0, EXTRA_COUNTS);
    store<u64>(extra, 0, EXTRA_COUNTS + 8);
  }
  store<u32>(extra, share, EXTRA_SHARE);
  store<u32>(extra, conditions, EXTRA_CONDITIONS);
  store<u32>(extras + (<usize>ordinal << 2), <u32>extra);
  return extra;
}

/** Takes an ordinal's extra away. */
export function dropExtra(ordinal: u32): void {
  const extra = extraOf(ordinal);
  if (extra == 0) return;
  giveExtra(extra);
  count--;
  store<u32>(extras + (<usize>ordinal << 2), 0);
}

function giveExtra(extra: usize): void {
  give(extra, <usize>EXTRA_SIZE + (<usize>load<u32>(extra, EXTRA_CONDITIONS)) * CONDITION_SIZE);
}

export function conditionAt(extra: usize, index: u32): usize {
  return extra + EXTRA_SIZE + (<usize>index) * CONDITION_SIZE;
}

/** The first of a rule's conditions that does not hold of the event, 0 when all hold. */
export function failsNow(extra: usize, state: usize): usize {
  const conditions = load<u32>(extra, EXTRA_CONDITIONS);
  for (let each: u32 = 0; each < conditions; each++) {
    const condition = conditionAt(extra, each);
    if (!reaches(condition, valueNow(load<u32>(condition, CONDITION_MEASURE), state))) return condition;
  }
  return 0;
}

/** Whether they all hold of a snapshot. */
export function holdsOf(extra: usize, snap: usize, state: usize): bool {
  const conditions = load<u32>(extra, EXTRA_CONDITIONS);
  for (let each: u32 = 0; each < conditions; each++) {
    const condition = conditionAt(extra, each);
    if (!reaches(condition, valueOf(load<u32>(condition, CONDITION_MEASURE), snap, state))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function reaches(condition: usize, value: i32): bool {
  if (value == NO_VALUE) return false;
  return (load<u32>(condition, CONDITION_NEGATED) != 0 ? -value : value) >= load<i32>(condition, CONDITION_THRESHOLD);
}

/** Whether a rule may have one alert more on a day. */
export function mayFireOn(extra: usize, day: u32): bool {
  const share = load<u32>(extra, EXTRA_SHARE);
  return share == 0 || countOf(extra, day) < share;
}

/**
 * Counts an alert of a day.
 *
 * @returns whether it was the day's last one.
 */
export function countFire(extra: usize, day: u32): bool {
  const at = extra + EXTRA_COUNTS + (<usize>(day & 1) << 3);
  const count = countOf(extra, day) + 1;
  store<u32>(at, day);
  store<u32>(at, count, 4);
  return count == load<u32>(extra, EXTRA_SHARE);
}

function countOf(extra: usize, day: u32): u32 {
  const at = extra + EXTRA_COUNTS + (<usize>(day & 1) << 3);
  return load<u32>(at) == day ? load<u32>(at, 4) : 0;
}
