import type { PartitionTime } from "../../rules/evaluation.ts";

/** Where the candles stand that a restart reads back: offsets in the candles partition, `[from, to)`. */
export interface CandleRange {
  readonly from: number;
  readonly to: number;
}

/** A day in Seoul (see `seoulDay`), and the offset in the candles partition of its first candle. */
export type CandleDay = readonly [day: number, offset: number];

/** What the stream keeps with its offset commit: where reading back begins, and the partition's time. */
export interface StreamPosition extends PartitionTime {
  /** Offset in the alerts partition of the first alert of a live window. */
  readonly alertsFrom: number;
  /** Of the closed minutes that the measures in use read, today's at least, and of the statuses in effect. */
  readonly candles: CandleRange;
  /** Where the first candle of each day in Seoul stands that a measure may look back at: day, offset; ascending. */
  readonly days: readonly CandleDay[];
  /** Offset in the trades partition of the record with which the minute began that forms; null: nothing is known of it. */
  readonly formingFrom: number | null;
}

const BEGINNING: StreamPosition = {
  alertsFrom: 0,
  watermark: 0,
  arrival: 0,
  candles: { from: 0, to: 0 },
  days: [],
  formingFrom: null,
};

/** The commit's metadata. */
export function encodePosition(position: StreamPosition): string {
  const { alertsFrom, watermark, arrival, candles: { from, to }, days, formingFrom } = position;
  return JSON.stringify({ v: 4, alertsFrom, watermark, arrival, candles: [from, to], days, formingFrom });
}

/**
 * Reads a commit's metadata; what is not ours (another program's) reads as the very beginning. One of version 1 has no
 * arrival, and reads as 0: nothing vouches for its watermark; before version 3 there are no candles, before
 * version 4 nothing is known of earlier days.
 */
export function decodePosition(metadata: string): StreamPosition {
  let read: unknown;
  try {
    read = JSON.parse(metadata);
  } catch {
    return BEGINNING;
  }
  if (typeof read !== "object" || read === null) return BEGINNING;
  const { v, alertsFrom, watermark, arrival = 0, candles = [0, 0], days = [], formingFrom = null } =
    read as Record<
      string,
      unknown
    >;
  const [from, to] = Array.isArray(candles) ? candles : [];
  const sound = [1, 2, 3, 4].includes(v as number) && areDays(days) && isCount(alertsFrom) &&
    isCount(watermark) &&
    isCount(arrival) && isCount(from) && isCount(to) && (formingFrom === null || isCount(formingFrom));
  return sound ? { alertsFrom, watermark, arrival, candles: { from, to }, days, formingFrom } : BEGINNING;
}

function areDays(value: unknown): value is readonly CandleDay[] {
  return Array.isArray(value) &&
    value.every((day) => Array.isArray(day) && day.length === 2 && day.every(isCount));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
