// Minute candles: each symbol's forming one stands in its state. The partition's time closes them: the TypeScript side says
// when it has passed a minute's end, and takes what has closed. A trade of a minute that is closed already is handed over
// by itself, and put into that candle there.

import {
  CANDLE_CAPACITY,
  CANDLE_CLOSE,
  CANDLE_HIGH,
  CANDLE_LOW,
  CANDLE_MINUTE,
  CANDLE_OPEN,
  CANDLE_SIZE,
  CANDLE_SYMBOL,
  CANDLE_TRADES,
  CANDLE_VALUE,
  CANDLE_VOLUME,
  MINUTE_MS,
  STATE_CLOSE_PRICE,
  STATE_HIGH_PRICE,
  STATE_INDEX,
  STATE_LOW_PRICE,
  STATE_MINUTE,
  STATE_OPEN_PRICE,
  STATE_TRADES,
  STATE_VALUE,
  STATE_VOLUME,
} from "../layout";
import { give, take } from "./memory";
import { stateOf } from "./states";
import { blockAt, symbolCount } from "./symbols";
import * as trade from "./trade";

/** The minute that the partition's time is in: the oldest whose candles still form. */
let current: u32 = 0;

export let candles: usize = 0;
let room: u32 = 0;
let count: u32 = 0;

export function startCandles(): void {
  reserve(CANDLE_CAPACITY);
}

export function emptyCandles(): void {
  count = 0;
}

export function candleCount(): u32 {
  return count;
}

// @ts-ignore: decorator
@inline
export function candlesFull(): bool {
  return count >= <u32>CANDLE_CAPACITY;
}

/** Whether the candle of a time still forms. */
export function isForming(time: i64): bool {
  return <u32>(time / MINUTE_MS) >= current;
}

/** Adds the current trade to the candle of its minute; there must be room for one that comes too late for it. */
// @ts-ignore: decorator
@inline
export function takeIntoCandle(state: usize): void {
  const minute = <u32>(trade.eventTime / MINUTE_MS);
  const price = trade.price;
  const volume = <f64>trade.volume;
  if (minute < current) {
    addLateTrade(state, minute, price, volume);
  } else if (minute == load<u32>(state, STATE_MINUTE)) {
    store<i32>(state, max(load<i32>(state, STATE_HIGH_PRICE), price), STATE_HIGH_PRICE);
    store<i32>(state, min(load<i32>(state, STATE_LOW_PRICE), price), STATE_LOW_PRICE);
    store<i32>(state, price, STATE_CLOSE_PRICE);
    store<u32>(state, load<u32>(state, STATE_TRADES) + 1, STATE_TRADES);
    store<f64>(state, load<f64>(state, STATE_VOLUME) + volume, STATE_VOLUME);
    store<f64>(state, load<f64>(state, STATE_VALUE) + volume * price, STATE_VALUE);
  } else {
    store<u32>(state, minute, STATE_MINUTE);
    store<i32>(state, price, STATE_OPEN_PRICE);
    store<i32>(state, price, STATE_HIGH_PRICE);
    store<i32>(state, price, STATE_LOW_PRICE);
    store<i32>(state, price, STATE_CLOSE_PRICE);
    store<u32>(state, 1, STATE_TRADES);
    store<f64>(state, volume, STATE_VOLUME);
    store<f64>(state, volume * price, STATE_VALUE);
  }
}

/** The partition's time is in a minute: writes the candles of earlier ones to the output. */
export function closeCandlesBefore(minute: u32): void {
  current = minute;
  count = 0;
  reserve(symbolCount);
  for (let index: u32 = 0; index < symbolCount; index++) {
    const state = stateOf(blockAt(index));
    if (load<u32>(state, STATE_TRADES) == 0 || load<u32>(state, STATE_MINUTE) >= minute) continue;
    const at = candles + (<usize>count) * CANDLE_SIZE;
    store<u32>(at, index, CANDLE_SYMBOL);
    store<u32>(at, load<u32>(state, STATE_MINUTE), CANDLE_MINUTE);
    store<i32>(at, load<i32>(state, STATE_OPEN_PRICE), CANDLE_OPEN);
    store<i32>(at, load<i32>(state, STATE_HIGH_PRICE), CANDLE_HIGH);
    store<i32>(at, load<i32>(state, STATE_LOW_PRICE), CANDLE_LOW);
    store<i32>(at, load<i32>(state, STATE_CLOSE_PRICE), CANDLE_CLOSE);
    store<u32>(at, load<u32>(state, STATE_TRADES), CANDLE_TRADES);
    store<f64>(at, load<f64>(state, STATE_VOLUME), CANDLE_VOLUME);
    store<f64>(at, load<f64>(state, STATE_VALUE), CANDLE_VALUE);
    store<u32>(state, 0, STATE_TRADES);
    count++;
  }
}

function addLateTrade(state: usize, minute: u32, price: i32, volume: f64): void {
  const at = candles + (<usize>count) * CANDLE_SIZE;
  store<u32>(at, load<u32>(state, STATE_INDEX), CANDLE_SYMBOL);
  store<u32>(at, minute, CANDLE_MINUTE);
  store<i32>(at, price, CANDLE_CLOSE);
  store<u32>(at, 0, CANDLE_TRADES);
  store<f64>(at, volume, CANDLE_VOLUME);
  count++;
}

function reserve(entries: u32): void {
  if (entries <= room) return;
  if (room > 0) give(candles, (<usize>room) * CANDLE_SIZE);
  candles = take((<usize>entries) * CANDLE_SIZE);
  room = entries;
}
