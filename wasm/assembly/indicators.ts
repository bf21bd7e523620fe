// Indicators over candles of an interval: sma, ema, rsi, bollinger, macd. Said in plain TypeScript in
// src/rules/measures/closes.ts and the file of each.

import {
  INDICATOR_BITS,
  INDICATOR_INTERVAL,
  LOOK_BACK_FIRST,
  LOOK_BACK_LENGTH,
  LOOK_BACK_ROW,
  MEASURE_BOLLINGER,
  MEASURE_EMA,
  MEASURE_MACD,
  MEASURE_RSI,
  MEASURE_SMA_MINUTES,
  MINUTE_MS,
  NO_VALUE,
  REFERENCE_COUNT,
  REFERENCE_SUMS,
  SNAP_DAY,
  SNAP_PRICE,
  SNAP_TIME,
} from "../layout";
import { percent, ratio } from "./arithmetic";
import { closeAt, entryBefore, entryFrom, firstEntry, minuteAt } from "./minutes";
import { referenceOf } from "./references";
import { FIRST, isFresh, isKnown, rememberedOf, SECOND, setFresh, THIRD } from "./remembered";

/** What indicators of each interval read: see LOOK_BACK_ROW. */
export const lookBackTable: usize = memory.data(64, 16);

/** Closes, oldest first, f64 each: as many as any indicator reads. */
const CLOSES_MOST: u32 = 512;
const closes: usize = memory.data(4096, 16); // CLOSES_MOST * 8

export function ofCandles(kind: u32, parameter: u32, number: u32, snap: usize, state: usize): i32 {
  const interval = parameter >>> INDICATOR_INTERVAL;
  const at = rememberedOf(state, number);
  const one = field(parameter, 0);
  const two = field(parameter, 1);
  const three = field(parameter, 2);
  if (interval == 0) {
    const reference = referenceOf(snap, state);
    if (reference == 0) return NO_VALUE;
    const day = <u32>load<f64>(snap, SNAP_DAY);
    if (!isFresh(at, day)) {
      const wanted = wantedOf(kind, one, two, three);
      const known = gatherDays(reference, wanted);
      if (known) reckon(kind, at, wanted, one, two, three);
      setFresh(at, day, known);
    }
  } else {
    const time = load<f64>(snap, SNAP_TIME);
    if (time < 0) return NO_VALUE;
    const row = lookBackTable + (<usize>interval) * LOOK_BACK_ROW;
    const length = load<u32>(row, LOOK_BACK_LENGTH);
    const forming = <u32>(time / MINUTE_MS) / length;
    if (!isFresh(at, forming)) {
      const wanted = wantedOf(kind, one, two, three);
      const known = gatherMinutes(state, forming * length, length, load<u32>(row, LOOK_BACK_FIRST), wanted);
      if (known) reckon(kind, at, wanted, one, two, three);
      setFresh(at, forming, known);
    }
  }
  return isKnown(at) ? withPrice(kind, at, load<f64>(snap, SNAP_PRICE), <f64>one, <f64>two, <f64>three) : NO_VALUE;
}

// @ts-ignore: decorator
@inline
function field(parameter: u32, place: u32): u32 {
  return (parameter >>> (place * INDICATOR_BITS)) & ((1 << INDICATOR_BITS) - 1);
}

/** How many closed candles a kind reads: EMA_CANDLES, RSI_CHANGES, MACD_CANDLES of src/rules/measures/. */
function wantedOf(kind: u32, one: u32, two: u32, three: u32): u32 {
  switch (kind) {
    case MEASURE_EMA: return 4 * one;
    case MEASURE_RSI: return 8 * one + 1;
    case MEASURE_MACD: return 4 * (two + three);
    default: return one - 1;
  }
}

/** Gathers the closes of the last candles that ended before a minute; false: there are too few. */
function gatherMinutes(state: usize, before: u32, length: u32, oldest: u32, wanted: u32): bool {
  let entry = entryFrom(state, before);
  const first = firstEntry(state);
  let left = min(wanted, CLOSES_MOST);
  let candle: u32 = 0xffffffff;
  while (left > 0 && entry > first) {
    entry = entryBefore(entry);
    const minute = minuteAt(entry);
    if (minute < oldest) break;
    if (minute / length == candle) continue;
    candle = minute / length;
    left--;
    store<f64>(closes + ((<usize>left) << 3), closeAt(entry));
  }
  return left == 0;
}

function gatherDays(reference: usize, wanted: u32): bool {
  if (load<u32>(reference, REFERENCE_COUNT) <= wanted) return false;
  const sums = reference + REFERENCE_SUMS;
  for (let back: u32 = 1; back <= wanted; back++) {
    const close = load<f64>(sums + ((<usize>back) << 3)) - load<f64>(sums + ((<usize>(back - 1)) << 3));
    store<f64>(closes + ((<usize>(wanted - back)) << 3), close);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function closeOf(index: u32): f64 {
  return load<f64>(closes + ((<usize>index) << 3));
}

function meanOf(from: u32, to: u32): f64 {
  let sum: f64 = 0;
  for (let each = from; each < to; each++) sum += closeOf(each);
  return sum / <f64>(to - from);
}

// @ts-ignore: decorator
@inline
function emaStep(average: f64, value: f64, length: f64): f64 {
  return average + 2 / (length + 1) * (value - average);
}

/** Reckons what the closed candles come to. */
function reckon(kind: u32, at: usize, wanted: u32, one: u32, two: u32, three: u32): void {
  switch (kind) {
    case MEASURE_SMA_MINUTES: {
      let sum: f64 = 0;
      for (let each: u32 = 0; each < wanted; each++) sum += closeOf(each);
      store<f64>(at, sum, FIRST);
      break;
    }
    case MEASURE_EMA: {
      let average = meanOf(0, one);
      for (let each = one; each < wanted; each++) average = emaStep(average, closeOf(each), <f64>one);
      store<f64>(at, average, FIRST);
      break;
    }
    case MEASURE_RSI: return reckonRsi(at, wanted, one);
    case MEASURE_BOLLINGER: {
      const base = closeOf(wanted - 1);
      let sum: f64 = 0;
      let squares: f64 = 0;
      for (let each: u32 = 0; each < wanted; each++) {
        const distance = closeOf(each) - base;
        sum += distance;
        squares += distance * distance;
      }
      store<f64>(at, sum, FIRST);
      store<f64>(at, squares, SECOND);
      store<f64>(at, base, THIRD);
      break;
    }
    default: reckonMacd(at, wanted, one, two, three);
  }
}

function reckonRsi(at: usize, wanted: u32, one: u32): void {
  const length = <f64>one;
  let rises: f64 = 0;
  let falls: f64 = 0;
  for (let each: u32 = 1; each <= one; each++) {
    const change = closeOf(each) - closeOf(each - 1);
    rises += max<f64>(change, 0);
    falls += max<f64>(-change, 0);
  }
  rises /= length;
  falls /= length;
  for (let each = one + 1; each < wanted; each++) {
    const change = closeOf(each) - closeOf(each - 1);
    rises = (rises * (length - 1) + max<f64>(change, 0)) / length;
    falls = (falls * (length - 1) + max<f64>(-change, 0)) / length;
  }
  store<f64>(at, rises, FIRST);
  store<f64>(at, falls, SECOND);
  store<f64>(at, closeOf(wanted - 1), THIRD);
}

function reckonMacd(at: usize, wanted: u32, fast: u32, slow: u32, signal: u32): void {
  let quick = meanOf(0, fast);
  for (let each = fast; each < slow; each++) quick = emaStep(quick, closeOf(each), <f64>fast);
  let sluggish = meanOf(0, slow);
  let sum = quick - sluggish;
  let average: f64 = 0;
  let differences: u32 = 1;
  for (let each = slow; each < wanted; each++) {
    quick = emaStep(quick, closeOf(each), <f64>fast);
    sluggish = emaStep(sluggish, closeOf(each), <f64>slow);
    const difference = quick - sluggish;
    differences++;
    if (differences > signal) {
      average = emaStep(average, difference, <f64>signal);
    } else {
      sum += difference;
      if (differences == signal) average = sum / <f64>signal;
    }
  }
  store<f64>(at, quick, FIRST);
  store<f64>(at, sluggish, SECOND);
  store<f64>(at, average, THIRD);
}

/** The value with the price of the candle that forms. */
function withPrice(kind: u32, at: usize, price: f64, one: f64, two: f64, three: f64): i32 {
  const first = load<f64>(at, FIRST);
  switch (kind) {
    case MEASURE_SMA_MINUTES: {
      const sum = first + price;
      return percent(price * one - sum, sum);
    }
    case MEASURE_EMA: {
      const average = emaStep(first, price, one);
      return percent(price - average, average);
    }
    case MEASURE_RSI: {
      const change = price - load<f64>(at, THIRD);
      const rises = (first * (one - 1) + max<f64>(change, 0)) / one;
      const falls = (load<f64>(at, SECOND) * (one - 1) + max<f64>(-change, 0)) / one;
      return rises + falls > 0 ? ratio(rises * 100, rises + falls, 100) : 5000;
    }
    case MEASURE_BOLLINGER: {
      const distance = price - load<f64>(at, THIRD);
      const sum = first + distance;
      const squares = load<f64>(at, SECOND) + distance * distance;
      const width = two * sqrt(max<f64>(0, (squares - sum * sum / one) / one));
      return width > 0 ? ratio(distance - sum / one + width, 2 * width, 10000) : NO_VALUE;
    }
    default: {
      const quick = emaStep(first, price, one);
      const sluggish = emaStep(load<f64>(at, SECOND), price, two);
      const difference = quick - sluggish;
      return ratio(difference - emaStep(load<f64>(at, THIRD), difference, three), 1, 100);
    }
  }
}
