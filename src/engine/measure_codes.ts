import type { Param } from "../rules/condition.ts";
import type { MeasureName } from "../rules/measures.ts";
import { SPANS } from "../rules/measures/spans.ts";
import {
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
  MEASURE_VOLUME_RATE,
} from "../../wasm/layout.ts";

/** The module's number of each measure. A measure that is missing here does not compile. */
export const MEASURE_CODES: Readonly<Record<MeasureName, number>> = {
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
  sma: MEASURE_SMA,
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

/** A measure's parameters as the one number that the module takes: a span's place, a length, or 0. */
export function parameterCode(params: readonly Param[]): number {
  const [first] = params;
  if (typeof first === "number") return first;
  return Math.max(0, (SPANS as readonly unknown[]).indexOf(first));
}
