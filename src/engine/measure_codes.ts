import type { Condition, Param } from "../rules/condition.ts";
import type { MeasureName } from "../rules/measures.ts";
import { intervalOf, INTERVALS, numbersOf } from "../rules/measures/closes.ts";
import { minutesIn } from "../rules/measures/minutes.ts";
import { SPANS } from "../rules/measures/spans.ts";
import {
  INDICATOR_BITS,
  INDICATOR_INTERVAL,
  MEASURE_ABS_CHANGE,
  MEASURE_ABS_LIMIT,
  MEASURE_ABS_RATE,
  MEASURE_BOLLINGER,
  MEASURE_BOOK_RATIO,
  MEASURE_CHANGE,
  MEASURE_DAY_VALUE,
  MEASURE_DAY_VOLUME,
  MEASURE_EMA,
  MEASURE_FROM_HIGH,
  MEASURE_FROM_LOW,
  MEASURE_FROM_OPEN,
  MEASURE_GAP,
  MEASURE_HALTED,
  MEASURE_LIMIT,
  MEASURE_MACD,
  MEASURE_MOVE,
  MEASURE_MOVE_WON,
  MEASURE_NEW_HIGH,
  MEASURE_NEW_LOW,
  MEASURE_PRICE,
  MEASURE_RANGE,
  MEASURE_RATE,
  MEASURE_RSI,
  MEASURE_SMA,
  MEASURE_SMA_MINUTES,
  MEASURE_SPREAD,
  MEASURE_STRENGTH,
  MEASURE_TRADE_VALUE,
  MEASURE_TURNOVER,
  MEASURE_VI,
  MEASURE_VI_GAP,
  MEASURE_VOLUME,
  MEASURE_VOLUME_RATE,
  MEASURE_VOLUME_RATIO,
} from "../../wasm/layout.ts";

/** The module's number of each measure. A measure that is missing here does not compile. */
const MEASURE_CODES: Readonly<Record<MeasureName, number>> = {
  price: MEASURE_PRICE,
  change: MEASURE_CHANGE,
  abs_change: MEASURE_ABS_CHANGE,
  rate: MEASURE_RATE,
  abs_rate: MEASURE_ABS_RATE,
  limit: MEASURE_LIMIT,
  abs_limit: MEASURE_ABS_LIMIT,
  gap: MEASURE_GAP,
  from_open: MEASURE_FROM_OPEN,
  from_high: MEASURE_FROM_HIGH,
  from_low: MEASURE_FROM_LOW,
  new_high: MEASURE_NEW_HIGH,
  new_low: MEASURE_NEW_LOW,
  move: MEASURE_MOVE,
  move_won: MEASURE_MOVE_WON,
  volume: MEASURE_VOLUME,
  volume_ratio: MEASURE_VOLUME_RATIO,
  range: MEASURE_RANGE,
  sma: MEASURE_SMA,
  ema: MEASURE_EMA,
  rsi: MEASURE_RSI,
  bollinger: MEASURE_BOLLINGER,
  macd: MEASURE_MACD,
  trade_value: MEASURE_TRADE_VALUE,
  day_value: MEASURE_DAY_VALUE,
  day_volume: MEASURE_DAY_VOLUME,
  strength: MEASURE_STRENGTH,
  turnover: MEASURE_TURNOVER,
  volume_rate: MEASURE_VOLUME_RATE,
  spread: MEASURE_SPREAD,
  book_ratio: MEASURE_BOOK_RATIO,
  vi_gap: MEASURE_VI_GAP,
  vi: MEASURE_VI,
  halted: MEASURE_HALTED,
};

/** A measure with its parameters as the module takes them. */
export function measureCode({ measure, params }: Pick<Condition, "measure" | "params">): {
  readonly kind: number;
  readonly parameter: number;
} {
  const kind = MEASURE_CODES[measure];
  if (kind === MEASURE_SMA && intervalOf(params) !== "1d") {
    return { kind: MEASURE_SMA_MINUTES, parameter: indicatorCode(params) };
  }
  if (kind > MEASURE_SMA_MINUTES) return { kind, parameter: indicatorCode(params) };
  if (kind >= MEASURE_MOVE) return { kind, parameter: minutesIn(params[0]) };
  return { kind, parameter: parameterCode(params) };
}

/** An indicator's numbers beside each other, and its interval: see INDICATOR_* in wasm/layout.ts. */
function indicatorCode(params: readonly Param[]): number {
  const interval = INTERVALS.indexOf(intervalOf(params)) << INDICATOR_INTERVAL;
  return numbersOf(params).reduce(
    (code, number, place) => code | number << (place * INDICATOR_BITS),
    interval,
  ) >>> 0;
}

/** A span's place, a length, or 0. */
function parameterCode(params: readonly Param[]): number {
  const [first] = params;
  if (typeof first === "number") return first;
  return Math.max(0, (SPANS as readonly unknown[]).indexOf(first));
}
