// Measures: what is computed of a snapshot. Each is said in plain TypeScript in src/rules/measures/; the arithmetic here is
// the same, in doubles and in the same order, so that both come to the same unit.

import {
  MAX_UNITS,
  MEASURE_ABS_CHANGE,
  MEASURE_ABS_LIMIT,
  MEASURE_ABS_RATE,
  MEASURE_BOOK_RATIO,
  MEASURE_CHANGE,
  MEASURE_DAY_VALUE,
  MEASURE_DAY_VOLUME,
  MEASURE_FROM_HIGH,
  MEASURE_FROM_LOW,
  MEASURE_FROM_OPEN,
  MEASURE_GAP,
  MEASURE_HALTED,
  MEASURE_LIMIT,
  MEASURE_NEW_HIGH,
  MEASURE_NEW_LOW,
  MEASURE_PRICE,
  MEASURE_RATE,
  MEASURE_SMA,
  MEASURE_SPREAD,
  MEASURE_STRENGTH,
  MEASURE_TRADE_VALUE,
  MEASURE_TURNOVER,
  MEASURE_VI,
  MEASURE_VI_GAP,
  MEASURE_MOVE,
  MEASURE_SMA_MINUTES,
  MEASURE_VOLUME_RATE,
  REFERENCE_COUNT,
  REFERENCE_HIGHS,
  REFERENCE_LOWS,
  REFERENCE_SUMS,
  SNAP_ACC_VALUE,
  SNAP_ACC_VOLUME,
  SNAP_ASK,
  SNAP_BID,
  SNAP_CHANGE,
  SNAP_DAY,
  SNAP_HIGH,
  SNAP_HIGH_BEFORE,
  SNAP_LOW,
  SNAP_LOW_BEFORE,
  SNAP_OPEN,
  SNAP_PRICE,
  SNAP_RATE,
  SNAP_SIGN,
  SNAP_STATUS,
  SNAP_STRENGTH,
  SNAP_TOTAL_ASK,
  SNAP_TOTAL_BID,
  SNAP_TURNOVER,
  SNAP_VI_BASE,
  SNAP_VOLUME,
  SNAP_VOLUME_RATE,
  STATUS_HALTED,
  STATUS_VI,
  NO_VALUE,
} from "../layout";
import { clamp, decimalUnits, percent, ratio } from "./arithmetic";
import { ofCandles } from "./indicators";
import { give, take } from "./memory";
import { ofLastMinutes } from "./minute_measures";
import { referenceOf } from "./references";
import { now } from "./snapshots";

/** A measure with its parameter: u32 kind, u32 parameter, u32 the event it was last computed for, i32 its value then. */
const MEASURE_BYTES: usize = 16;

let table: usize = 0;
let room: u32 = 0;
let count: u32 = 0;
/** Counts events: a value is good for one. */
let event: u32 = 0;

/**
 * Adds a measure.
 *
 * @returns its number.
 */
export function addMeasureOf(kind: u32, parameter: u32): u32 {
  if (count == room) grow();
  const at = table + (<usize>count) * MEASURE_BYTES;
  store<u32>(at, kind);
  store<u32>(at, parameter, 4);
  store<u32>(at, 0, 8);
  return count++;
}

function grow(): void {
  const larger = max<u32>(64, room * 2);
  const bytes = take((<usize>larger) * MEASURE_BYTES);
  if (room > 0) {
    memory.copy(bytes, table, (<usize>room) * MEASURE_BYTES);
    give(table, (<usize>room) * MEASURE_BYTES);
  }
  table = bytes;
  room = larger;
}

/** Another event: no value is known of it yet. */
export function nextEvent(): void {
  event++;
}

/** What a measure says of the event, NO_VALUE when it has no value; computed once an event. */
// @ts-ignore: decorator
@inline
export function valueNow(measure: u32, state: usize): i32 {
  const at = table + (<usize>measure) * MEASURE_BYTES;
  return load<u32>(at, 8) == event ? load<i32>(at, 12) : computeNow(at, state);
}

function computeNow(at: usize, state: usize): i32 {
  const value = measure(load<u32>(at), load<u32>(at, 4), <u32>((at - table) / MEASURE_BYTES), now, state);
  store<u32>(at, event, 8);
  store<i32>(at, value, 12);
  return value;
}

/** What a measure says of a snapshot. */
export function valueOf(number: u32, snap: usize, state: usize): i32 {
  const at = table + (<usize>number) * MEASURE_BYTES;
  return measure(load<u32>(at), load<u32>(at, 4), number, snap, state);
}

function measure(kind: u32, parameter: u32, number: u32, snap: usize, state: usize): i32 {
  if (kind >= <u32>MEASURE_SMA_MINUTES) return ofCandles(kind, parameter, number, snap, state);
  if (kind >= <u32>MEASURE_MOVE) return ofLastMinutes(kind, parameter, number, snap, state);
  const price = load<f64>(snap, SNAP_PRICE);
  switch (kind) {
    case MEASURE_PRICE: return clamp(price);
    case MEASURE_CHANGE: return clamp(load<f64>(snap, SNAP_CHANGE));
    case MEASURE_ABS_CHANGE: return clamp(abs(load<f64>(snap, SNAP_CHANGE)));
    case MEASURE_RATE: return clamp(load<f64>(snap, SNAP_RATE));
    case MEASURE_ABS_RATE: return clamp(abs(load<f64>(snap, SNAP_RATE)));
    case MEASURE_LIMIT: {
      const sign = load<f64>(snap, SNAP_SIGN);
      return sign == 1 ? 1 : sign == 4 ? -1 : 0;
    }
    case MEASURE_ABS_LIMIT: {
      const sign = load<f64>(snap, SNAP_SIGN);
      return i32(sign == 1 || sign == 4);
    }
    case MEASURE_GAP: {
      const open = load<f64>(snap, SNAP_OPEN);
      const base = price - load<f64>(snap, SNAP_CHANGE);
      return open > 0 ? percent(open - base, base) : NO_VALUE;
    }
    case MEASURE_FROM_OPEN: {
      const open = load<f64>(snap, SNAP_OPEN);
      return percent(price - open, open);
    }
    case MEASURE_FROM_HIGH: {
      const span = highBeforeToday(parameter, snap, state);
      if (isNaN(span)) return NO_VALUE;
      const high = max(max(span, load<f64>(snap, SNAP_HIGH)), price);
      return percent(price - high, high);
    }
    case MEASURE_FROM_LOW: {
      const span = lowBeforeToday(parameter, snap, state);
      if (isNaN(span)) return NO_VALUE;
      const today = load<f64>(snap, SNAP_LOW);
      const low = min(min(span, today > 0 ? today : price), price);
      return percent(price - low, low);
    }
    case MEASURE_NEW_HIGH: {
      const span = highBeforeToday(parameter, snap, state);
      if (isNaN(span)) return NO_VALUE;
      const passed = max(span, load<f64>(snap, SNAP_HIGH_BEFORE));
      return i32(passed > 0 && price > passed && price >= load<f64>(snap, SNAP_HIGH));
    }
    case MEASURE_NEW_LOW: {
      const span = lowBeforeToday(parameter, snap, state);
      if (isNaN(span)) return NO_VALUE;
      const earlier = load<f64>(snap, SNAP_LOW_BEFORE);
      const passed = min(span, earlier > 0 ? earlier : Infinity);
      const low = load<f64>(snap, SNAP_LOW);
      return i32(passed < Infinity && price < passed && (low == 0 || price <= low));
    }
    case MEASURE_SMA: {
      const reference = referenceOf(snap, state);
      const length = <f64>parameter;
      if (reference == 0 || load<u32>(reference, REFERENCE_COUNT) < parameter) return NO_VALUE;
      const sum = load<f64>(reference + (<usize>(parameter - 1) << 3), REFERENCE_SUMS) + price;
      return percent(price * length - sum, sum);
    }
    case MEASURE_TRADE_VALUE: {
      const volume = load<f64>(snap, SNAP_VOLUME);
      return isNaN(volume) ? NO_VALUE : clamp(floor(price * volume / 10000));
    }
    case MEASURE_DAY_VALUE: return clamp(floor(load<f64>(snap, SNAP_ACC_VALUE) / 10000));
    case MEASURE_DAY_VOLUME: return clamp(load<f64>(snap, SNAP_ACC_VOLUME));
    case MEASURE_STRENGTH: return decimalUnits(load<f64>(snap, SNAP_STRENGTH));
    case MEASURE_TURNOVER: return decimalUnits(load<f64>(snap, SNAP_TURNOVER));
    case MEASURE_VOLUME_RATE: return decimalUnits(load<f64>(snap, SNAP_VOLUME_RATE));
    case MEASURE_SPREAD: {
      const ask = load<f64>(snap, SNAP_ASK);
      const bid = load<f64>(snap, SNAP_BID);
      return ask > 0 && bid > 0 ? percent(2 * (ask - bid), ask + bid) : NO_VALUE;
    }
    case MEASURE_BOOK_RATIO: {
      const bids = load<f64>(snap, SNAP_TOTAL_BID);
      const asks = load<f64>(snap, SNAP_TOTAL_ASK);
      if (isNaN(bids) || isNaN(asks) || (bids == 0 && asks == 0)) return NO_VALUE;
      return asks > 0 ? ratio(bids, asks, 100) : MAX_UNITS + 1;
    }
    case MEASURE_VI_GAP: {
      const base = load<f64>(snap, SNAP_VI_BASE);
      if (!(base > 0)) return NO_VALUE;
      return clamp(1000 - floor(abs(price - base) * 10000 / base + 0.5));
    }
    case MEASURE_VI: return i32((<u32>load<f64>(snap, SNAP_STATUS) & STATUS_VI) != 0);
    case MEASURE_HALTED: return i32((<u32>load<f64>(snap, SNAP_STATUS) & STATUS_HALTED) != 0);
    default: return NO_VALUE;
  }
}

/** The highest price of a span before today (0: today itself, nothing is before it); NaN when it cannot be said. */
function highBeforeToday(span: u32, snap: usize, state: usize): f64 {
  if (span == 0) return 0;
  const reference = referenceOf(snap, state);
  return reference == 0 ? NaN : load<f64>(reference + (<usize>(span - 1) << 3), REFERENCE_HIGHS);
}

function lowBeforeToday(span: u32, snap: usize, state: usize): f64 {
  if (span == 0) return Infinity;
  const reference = referenceOf(snap, state);
  return reference == 0 ? NaN : load<f64>(reference + (<usize>(span - 1) << 3), REFERENCE_LOWS);
}
