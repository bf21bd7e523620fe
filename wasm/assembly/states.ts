// What is kept of a symbol: its last counted trade of today in each session, today's range, its status, and the candle of
// the minute that forms. All of it stands in the symbol's block, see STATE_* in ../layout.ts.
//
// A last trade is kept as its record: while the batch runs, by where it stands in the input; when the batch is done, as a
// copy. So a trade costs a few stores, and is read again only when somebody asks what stood before.

import {
  BLOCK_STATE,
  INPUT_PADDING,
  SESSION_COPY,
  SESSION_COPY_LENGTH,
  SESSION_COPY_ROOM,
  SESSION_COUNT,
  SESSION_HIGH,
  SESSION_INPUT,
  SESSION_INPUT_LENGTH,
  SESSION_LOW,
  SESSION_ORDER,
  SESSION_SIZE,
  STATE_DAY,
  STATE_HIGH,
  STATE_LOW,
  STATE_ORDER,
  STATE_SESSIONS,
  STATE_STATUS,
  STATE_TIME,
  STATE_WRITTEN,
  STATUS_VI,
} from "../layout";
import { blockSize, give, take } from "./memory";
import { putBytes } from "./text_out";
import * as trade from "./trade";

/** The sessions' slots whose last trades stand in the input: u32 addresses. */
let loose: usize = 0;
let looseCount: u32 = 0;
let looseRoom: u32 = 0;

// @ts-ignore: decorator
@inline
export function stateOf(block: usize): usize {
  return block + BLOCK_STATE;
}

// @ts-ignore: decorator
@inline
export function sessionSlot(state: usize, session: u32): usize {
  return state + STATE_SESSIONS + (<usize>session) * SESSION_SIZE;
}

/** Begins a day that is later than the one that was known. */
// @ts-ignore: decorator
@inline
export function turnDay(state: usize, day: u32): void {
  if (day > load<u32>(state, STATE_DAY)) beginDay(state, day);
}

function beginDay(state: usize, day: u32): void {
  store<u32>(state, day, STATE_DAY);
  store<u32>(state, 0, STATE_ORDER);
  store<u32>(state, 0, STATE_WRITTEN);
  store<i32>(state, 0, STATE_HIGH);
  store<i32>(state, 0, STATE_LOW);
  store<u32>(state, load<u32>(state, STATE_STATUS) & ~STATUS_VI, STATE_STATUS);
  for (let session: u32 = 0; session < <u32>SESSION_COUNT; session++) {
    store<u32>(sessionSlot(state, session), 0, SESSION_ORDER);
  }
}

/** Takes the current trade, which is counted, with its record. One older than the latest widens its day's range only. */
// @ts-ignore: decorator
@inline
export function takeTrade(state: usize, day: u32, session: u32, record: usize, length: usize): void {
  const price = trade.price;
  const high = load<i32>(state, STATE_HIGH);
  const low = load<i32>(state, STATE_LOW);
  if (day == load<u32>(state, STATE_DAY)) {
    store<i32>(state, max(high, price), STATE_HIGH);
    if (price > 0 && (low == 0 || price < low)) store<i32>(state, price, STATE_LOW);
  }
  const time = trade.eventTime;
  if (time < load<i64>(state, STATE_TIME)) return;
  store<i64>(state, time, STATE_TIME);
  const slot = sessionSlot(state, session);
  const order = load<u32>(state, STATE_ORDER) + 1;
  store<u32>(state, order, STATE_ORDER);
  store<u32>(slot, order, SESSION_ORDER);
  store<i32>(slot, high, SESSION_HIGH);
  store<i32>(slot, low, SESSION_LOW);
  if (load<u32>(slot, SESSION_INPUT) == 0) {
    if (looseCount == looseRoom) growLoose();
    store<u32>(loose + ((<usize>looseCount) << 2), <u32>slot);
    looseCount++;
  }
  store<u32>(slot, <u32>record, SESSION_INPUT);
  store<u32>(slot, <u32>length, SESSION_INPUT_LENGTH);
}

function growLoose(): void {
  const room = max<u32>(64, looseRoom << 1);
  const grown = take((<usize>room) << 2);
  if (looseRoom > 0) {
    memory.copy(grown, loose, (<usize>looseCount) << 2);
    give(loose, (<usize>looseRoom) << 2);
  }
  loose = grown;
  looseRoom = room;
}

/** Copies the last trades that stand in the input, which is about to be written over. */
export function keepLoose(): void {
  const end = loose + ((<usize>looseCount) << 2);
  for (let each = loose; each < end; each += 4) {
    const slot: usize = load<u32>(each);
    const length: usize = load<u32>(slot, SESSION_INPUT_LENGTH);
    putBytes(copyRoom(slot, length), load<u32>(slot, SESSION_INPUT), length);
    store<u32>(slot, 0, SESSION_INPUT);
  }
  looseCount = 0;
}

/** Makes room for a copy of a record, and notes how long it is. */
function copyRoom(slot: usize, length: usize): usize {
  store<u32>(slot, <u32>length, SESSION_COPY_LENGTH);
  const needed = length + INPUT_PADDING;
  const room: usize = load<u32>(slot, SESSION_COPY_ROOM);
  if (needed <= room) return load<u32>(slot, SESSION_COPY);
  if (room > 0) give(load<u32>(slot, SESSION_COPY), room);
  const bytes = blockSize(needed);
  const copy = take(bytes);
  store<u32>(slot, <u32>copy, SESSION_COPY);
  store<u32>(slot, <u32>bytes, SESSION_COPY_ROOM);
  return copy;
}

/** Where the record of a session's last trade stands now. */
export function lastRecord(slot: usize): usize {
  const record: usize = load<u32>(slot, SESSION_INPUT);
  return record != 0 ? record : load<u32>(slot, SESSION_COPY);
}

export function lastLength(slot: usize): usize {
  return load<u32>(slot, SESSION_INPUT) != 0
    ? load<u32>(slot, SESSION_INPUT_LENGTH)
    : load<u32>(slot, SESSION_COPY_LENGTH);
}

/** The slot of today's latest trade in some sessions (a bit each), 0 when there was none. */
export function latestSlot(state: usize, sessions: u32): usize {
  let latest: usize = 0;
  let order: u32 = 0;
  for (let session: u32 = 0; session < <u32>SESSION_COUNT; session++) {
    if ((sessions >> session & 1) == 0) continue;
    const slot = sessionSlot(state, session);
    if (load<u32>(slot, SESSION_ORDER) <= order) continue;
    order = load<u32>(slot, SESSION_ORDER);
    latest = slot;
  }
  return latest;
}
