// When each ordinal's rule was armed: a trade that was filled in afterwards, from before that, does not fire it.

import { give, take } from "./memory";
import * as trade from "./trade";

/** f64 epoch ms each. */
let times: usize = 0;
let room: u32 = 0;

/** Makes room for ordinals below `count`. */
export function reserveArmings(count: u32): void {
  if (count <= room) return;
  let larger = max<u32>(1024, room);
  while (larger < count) larger *= 2;
  const bytes = take((<usize>larger) << 3);
  if (room > 0) {
    memory.copy(bytes, times, (<usize>room) << 3);
    give(times, (<usize>room) << 3);
  }
  times = bytes;
  room = larger;
}

export function armAt(ordinal: u32, time: f64): void {
  store<f64>(times + ((<usize>ordinal) << 3), time);
}

/** Whether the current trade was filled in and is of before the ordinal's arming. */
// @ts-ignore: decorator
@inline
export function isBeforeArming(ordinal: u32): bool {
  return trade.filled && <f64>trade.eventTime < load<f64>(times + ((<usize>ordinal) << 3));
}
