/**
 * Dates and times of day in Asia/Seoul: UTC+9 the year round, no summer time since 1988.
 *
 * @module
 */

/** Ms that Asia/Seoul is ahead of UTC. */
export const SEOUL_OFFSET_MS = 9 * 3_600_000;
/** Ms of a day. */
export const DAY_MS = 86_400_000;

/** A day of the calendar in Asia/Seoul as a number of days since 1970-01-01. */
export function seoulDay(epochMs: number): number {
  return Math.floor((epochMs + SEOUL_OFFSET_MS) / DAY_MS);
}

/** When a day begins in Asia/Seoul, epoch ms. */
export function startOfSeoulDay(day: number): number {
  return day * DAY_MS - SEOUL_OFFSET_MS;
}

/** Ms since midnight in Asia/Seoul. */
export function seoulTimeOfDay(epochMs: number): number {
  return epochMs - startOfSeoulDay(seoulDay(epochMs));
}

/** 0 Sunday to 6 Saturday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** The day of a `YYYYMMDD` (KIS BSOP_DATE), undefined when there is no such date from 1970 to 2099. */
export function dayOfDate(text: string): number | undefined {
  if (!/^(?:19[7-9]\d|20\d\d)\d{4}$/.test(text)) return undefined;
  const month = Number(text.slice(4, 6));
  const date = Number(text.slice(6, 8));
  const at = Date.UTC(Number(text.slice(0, 4)), month - 1, date);
  const read = new Date(at);
  if (read.getUTCMonth() !== month - 1 || read.getUTCDate() !== date) return undefined;
  return at / DAY_MS;
}

/** `YYYYMMDD` of a day. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
}

/** Ms since midnight of an `HHMMSS` (KIS STCK_CNTG_HOUR), undefined when there is no such time. */
export function timeOfHour(text: string): number | undefined {
  if (text.length !== 6) return undefined;
  const hours = twoDigits(text, 0);
  const minutes = twoDigits(text, 2);
  const seconds = twoDigits(text, 4);
  // Comparisons with NaN are false.
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return undefined;
  return (hours * 3600 + minutes * 60 + seconds) * 1000;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** `HHMMSS` in Asia/Seoul of a time. */
export function hourOf(epochMs: number): string {
  const seconds = Math.floor(seoulTimeOfDay(epochMs) / 1000);
  const two = (value: number) => value.toString().padStart(2, "0");
  return two(Math.floor(seconds / 3600)) + two(Math.floor(seconds / 60) % 60) + two(seconds % 60);
}

/** `YYYYMMDD` in Asia/Seoul of a time. */
export function dateOf(epochMs: number): string {
  return dateOfDay(seoulDay(epochMs));
}
