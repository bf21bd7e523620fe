/**
 * The measures: what a rule may compare with a number. All that differs by measure is in its file; everything else is a
 * fold over this table.
 *
 * @module
 */

import { MAX_UNITS } from "../market/decimal.ts";
import { compares, type Condition } from "./condition.ts";
import { absChange } from "./measures/abs_change.ts";
import { absLimit } from "./measures/abs_limit.ts";
import { absRate } from "./measures/abs_rate.ts";
import { bookRatio } from "./measures/book_ratio.ts";
import { change } from "./measures/change.ts";
import { dayValue } from "./measures/day_value.ts";
import { dayVolume } from "./measures/day_volume.ts";
import { fromHigh } from "./measures/from_high.ts";
import { fromLow } from "./measures/from_low.ts";
import { fromOpen } from "./measures/from_open.ts";
import { gap } from "./measures/gap.ts";
import { halted } from "./measures/halted.ts";
import { limit } from "./measures/limit.ts";
import { move } from "./measures/move.ts";
import { moveWon } from "./measures/move_won.ts";
import { volume } from "./measures/volume.ts";
import { volumeRatio } from "./measures/volume_ratio.ts";
import { range } from "./measures/range.ts";
import { ema } from "./measures/ema.ts";
import { rsi } from "./measures/rsi.ts";
import { bollinger } from "./measures/bollinger.ts";
import { macd } from "./measures/macd.ts";
import type { MeasureSpec, Need, Snapshot } from "./measures/measure.ts";
import { newHigh } from "./measures/new_high.ts";
import { newLow } from "./measures/new_low.ts";
import { price } from "./measures/price.ts";
import { rate } from "./measures/rate.ts";
import { sma } from "./measures/sma.ts";
import { spread } from "./measures/spread.ts";
import { strength } from "./measures/strength.ts";
import { tradeValue } from "./measures/trade_value.ts";
import { turnover } from "./measures/turnover.ts";
import { vi } from "./measures/vi.ts";
import { viGap } from "./measures/vi_gap.ts";
import { volumeRate } from "./measures/volume_rate.ts";

const TABLE = {
  price,
  change,
  abs_change: absChange,
  rate,
  abs_rate: absRate,
  limit,
  abs_limit: absLimit,
  gap,
  from_open: fromOpen,
  from_high: fromHigh,
  from_low: fromLow,
  new_high: newHigh,
  new_low: newLow,
  move,
  move_won: moveWon,
  volume,
  volume_ratio: volumeRatio,
  range,
  sma,
  ema,
  rsi,
  bollinger,
  macd,
  trade_value: tradeValue,
  day_value: dayValue,
  day_volume: dayVolume,
  strength,
  turnover,
  volume_rate: volumeRate,
  spread,
  book_ratio: bookRatio,
  vi_gap: viGap,
  vi,
  halted,
} as const satisfies Readonly<Record<string, MeasureSpec>>;

export type MeasureName = keyof typeof TABLE;

/** Every measure by its name. */
export const MEASURES: Readonly<Record<MeasureName, MeasureSpec>> = TABLE;

/** The names, in the order in which docs and forms list them. */
export const MEASURE_NAMES = Object.keys(TABLE) as [MeasureName, ...MeasureName[]];

/**
 * What a condition's measure says of a snapshot, in units of its scale; undefined while it has no value. Clamped to one
 * more than the largest threshold, so that it fits 32 bits and no comparison changes by it.
 */
export function measuredUnits(condition: Condition, at: Snapshot): number | undefined {
  const units = MEASURES[condition.measure].value(at, condition.params);
  if (units === undefined) return undefined;
  return Math.max(-MAX_UNITS - 1, Math.min(MAX_UNITS + 1, units)) + 0;
}

/** Whether a condition holds of a snapshot; one whose measure has no value does not. */
export function conditionHolds(condition: Condition, at: Snapshot): boolean {
  const units = measuredUnits(condition, at);
  return units !== undefined && compares(units, condition.comparator, condition.value);
}

/** Whether a condition is of halts or volatility interruptions: its symbol's status events decide it too. */
export function needsStatus(conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => needOf(condition) === "status");
}

/** What a condition's measure needs beside the trade. */
export function needOf({ measure, params }: Pick<Condition, "measure" | "params">): Need {
  const spec = MEASURES[measure];
  return spec.needOf?.(params) ?? spec.need;
}

/** How many trading days before today conditions look back for minutes; undefined: they read none. */
export function lookBackOf(conditions: readonly Condition[]): number | undefined {
  let most: number | undefined;
  for (const { measure, params } of conditions) {
    const days = MEASURES[measure].lookBack?.(params);
    if (days !== undefined) most = Math.max(most ?? 0, days);
  }
  return most;
}
