import { PRICE_SCALE, RATE_SCALE } from "../market/decimal.ts";
import type { Locale } from "../rules/rule.ts";

/**
 * How numbers and times read in a mail.
 *
 * @module
 */

/** Korea has no daylight saving time since 1988: UTC+9 all year. */
const SEOUL_OFFSET_MS = 9 * 3_600_000;

/** "53,200" of a number or of a decimal text. */
export function grouped(value: number | string, places = PRICE_SCALE): string {
  const text = typeof value === "number" ? value.toFixed(places) : value;
  const [whole = "", fraction] = text.split(".");
  const dots = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? dots : `${dots}.${fraction}`;
}

/** "+1,200", "-400", "0". */
export function signedWon(value: number): string {
  return `${value > 0 ? "+" : ""}${grouped(value)}`;
}

/** "+1.90%", "-0.56%", "0.00%". */
export function signedRate(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(RATE_SCALE)}%`;
}

/** Won as they are written: "53,200원", "53,200 won". */
export function won(value: number | string, locale: Locale): string {
  return locale === "ko" ? `${grouped(value)}원` : `${grouped(value)} won`;
}

/** The parts of a time in Asia/Seoul, two digits each. */
export function seoul(epochMs: number) {
  const iso = new Date(epochMs + SEOUL_OFFSET_MS).toISOString();
  return {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
    minute: iso.slice(14, 16),
    second: iso.slice(17, 19),
  };
}

/** "09시47분", "09:47". */
export function clockTime(epochMs: number, locale: Locale): string {
  const { hour, minute } = seoul(epochMs);
  return locale === "ko" ? `${hour}시${minute}분` : `${hour}:${minute}`;
}

/** "2025년 11월 26일 09시47분00초", "26 Nov 2025 09:47:00". */
export function fullTime(epochMs: number, locale: Locale): string {
  const { year, month, day, hour, minute, second } = seoul(epochMs);
  if (locale === "ko") {
    return `${year}년 ${Number(month)}월 ${Number(day)}일 ${hour}시${minute}분${second}초`;
  }
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year} ${hour}:${minute}:${second}`;
}

/** "2025년 11월 26일 09시47분", "26 Nov 2025 09:47". */
export function minuteTime(epochMs: number, locale: Locale): string {
  return fullTime(epochMs, locale).replace(/(?:\d\d초|:\d\d)$/, "");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
