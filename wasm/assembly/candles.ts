// Minute candles: each symbol's forming one stands in its state. The partition's time closes them: the TypeScript side says
// when it has passed a minute's end. A closed one goes to the symbol's closed candles (closed.ts) and is written as a record
// (candle_records.ts). A trade of a minute that is closed already is put into that candle, which is written again.

import {
  CLOSED_CHANGED,
  CLOSED_CLOSE,
  CLOSED_HIGH,
  CLOSED_LOW,
  CLOSED_OPEN,
  CLOSED_TRADES,
  CLOSED_VALUE,
  CLOSED_VOLUME,
  MINUTE_MS,
  STATE_CLOSE_PRICE,
  STATE_HIGH_PRICE,
  STATE_LOW_PRICE,
  STATE_MINUTE,
  STATE_OPEN_PRICE,
  STATE_TRADES,
  STATE_VALUE,
  STATE_VOLUME,
} from "../layout";
import { candleRecordsFull, writeCandle, writeLateCandle } from "./candle_records";
import { addToClosed, closedOf, makeClosed, sum } from "./closed";
import { give, take } from "./memory";
import { forgetRemembered } from "./remembered";
import { stateOf } from "./states";
import { blockAt, symbolCount } from "./symbols";
import * as trade from "./trade";

/** The minute that the partition's time is in: the oldest whose candles still form. */
let current: u32 = 0;
let currentStart: i64 = 0;
/** The symbols before it have none left to close. */
let closing: u32 = 0;

/** Closed candles to which a trade came in this batch: u32 state, u32 minute each. */
let late: usize = 0;
let lateRoom: u32 = 0;
let lateCount: u32 = 0;
let lateWritten: u32 = 0;

/** Whether the candle of a time still forms. */
export function isForming(time: i64): bool {
  return <u32>(time / MINUTE_MS) >= current;
}

/** The minute of a time: mostly the one that forms, and to divide takes long. */
// @ts-ignore: decorator
@inline
function minuteOf(time: i64): u32 {
  return <u64>(time - currentStart) < <u64>MINUTE_MS ? current : <u32>(time / MINUTE_MS);
}

/** Adds the current trade to the candle of its minute. */
// @ts-ignore: decorator
@inline
export function takeIntoCandle(state: usize): void {
  const minute = minuteOf(trade.eventTime);
  const price = trade.price;
  const volume = <f64>trade.volume;
  if (minute < current) {
    addLateTrade(state, minute, price, volume);
  } else if (minute == load<u32>(state, STATE_MINUTE)) {
    store<i32>(state, max(load<i32>(state, STATE_HIGH_PRICE), price), STATE_HIGH_PRICE);
    store<i32>(state, min(load<i32>(state, STATE_LOW_PRICE), price), STATE_LOW_PRICE);
    store<i32>(state, price, STATE_CLOSE_PRICE);
    store<u32>(state, load<u32>(state, STATE_TRADES) + 1, STATE_TRADES);
    store<f64>(state, sum(load<f64>(state, STATE_VOLUME), volume), STATE_VOLUME);
    store<f64>(state, sum(load<f64>(state, STATE_VALUE), volume * price), STATE_VALUE);
  } else {
    store<u32>(state, minute, STATE_MINUTE);
    store<i32>(state, price, STATE_OPEN_PRICE);
    store<i32>(state, price, STATE_HIGH_PRICE);
    store<i32>(state, price, STATE_LOW_PRICE);
    store<i32>(state, price, STATE_CLOSE_PRICE);
    store<u32>(state, 1, STATE_TRADES);
    store<f64>(state, sum(0, volume), STATE_VOLUME);
    store<f64>(state, sum(0, volume * price), STATE_VALUE);
  }
}

/** The partition's time is in a minute: the candles of earlier ones are to be closed. */
export function beginClosing(minute: u32): void {
  current = minute;
  currentStart = (<i64>minute) * MINUTE_MS;
  closing = 0;
}

/** Closes candles and writes their records; false: these are to be taken first. */
export function closeSome(): bool {
  for (; closing < symbolCount; closing++) {
    if (candleRecordsFull()) return false;
    const state = stateOf(blockAt(closing));
    const minute = load<u32>(state, STATE_MINUTE);
    const trades = load<u32>(state, STATE_TRADES);
    if (trades == 0 || minute >= current) continue;
    const entry = makeClosed(state, minute);
    store<i32>(entry, load<i32>(state, STATE_OPEN_PRICE), CLOSED_OPEN);
    store<i32>(entry, load<i32>(state, STATE_HIGH_PRICE), CLOSED_HIGH);
    store<i32>(entry, load<i32>(state, STATE_LOW_PRICE), CLOSED_LOW);
    store<i32>(entry, load<i32>(state, STATE_CLOSE_PRICE), CLOSED_CLOSE);
    store<u32>(entry, trades, CLOSED_TRADES);
    store<f64>(entry, load<f64>(state, STATE_VOLUME), CLOSED_VOLUME);
    store<f64>(entry, load<f64>(state, STATE_VALUE), CLOSED_VALUE);
    store<u32>(state, 0, STATE_TRADES);
    writeCandle(state, entry);
  }
  return true;
}

function addLateTrade(state: usize, minute: u32, price: i32, volume: f64): void {
  const entry = makeClosed(state, minute);
  forgetRemembered(state);
  const isNoted = (load<u32>(entry, CLOSED_TRADES) & CLOSED_CHANGED) != 0;
  addToClosed(entry, price, volume);
  if (isNoted) return;
  if (lateCount == lateRoom) growLate();
  store<u32>(late + ((<usize>lateCount) << 3), <u32>state);
  store<u32>(late + ((<usize>lateCount) << 3), minute, 4);
  lateCount++;
}

/** Writes the records of closed candles to which trades came, when the batch is done; false: records are to be taken first. */
export function writeLateSome(): bool {
  for (; lateWritten < lateCount; lateWritten++) {
    if (candleRecordsFull()) return false;
    const state: usize = load<u32>(late + ((<usize>lateWritten) << 3));
    const entry = closedOf(state, load<u32>(late + ((<usize>lateWritten) << 3), 4));
    // Of a gap that was filled in: it may be over while the batch runs.
    if (entry == 0) continue;
    store<u32>(entry, load<u32>(entry, CLOSED_TRADES) & ~CLOSED_CHANGED, CLOSED_TRADES);
    writeLateCandle(state, entry);
  }
  lateCount = lateWritten = 0;
  return true;
}

function growLate(): void {
  const room = max<u32>(64, lateRoom << 1);
  const grown = take((<usize>room) << 3);
  if (lateRoom > 0) {
    memory.copy(grown, late, (<usize>lateCount) << 3);
    give(late, (<usize>lateRoom) << 3);
  }
  late = grown;
  lateRoom = room;
}
