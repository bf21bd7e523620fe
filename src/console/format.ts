/**
 * Numbers and times as the console shows them. Prices in won, rates in per cent, times in Asia/Seoul.
 *
 * @module
 */

import type { Locale } from "../rules/rule.ts";
import type { Sign } from "../market/trade.ts";

const WHOLE = new Intl.NumberFormat("ko-KR", { maximumFractionDigits: 0 });
const COMPACT = {
  ko: new Intl.NumberFormat("ko-KR", { notation: "compact", maximumSignificantDigits: 3 }),
  en: new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 }),
};
const SEOUL = { timeZone: "Asia/Seoul", hourCycle: "h23" } as const;
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  ...SEOUL,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-CA", { ...SEOUL, year: "numeric", month: "2-digit", day: "2-digit" });

/** 53200 → "53,200". */
export function whole(units: number): string {
  return WHOLE.format(units);
}

/** 8305293 → "831만" or "8.31M"; below ten thousand every digit. */
export function compact(units: number, locale: Locale): string {
  return Math.abs(units) < 10_000 ? whole(units) : COMPACT[locale].format(units);
}

/** Which way a number stands. */
export type Way = "up" | "down" | "flat";

/** The way that a signed change goes. */
export function wayOf(change: number): Way {
  return change > 0 ? "up" : change < 0 ? "down" : "flat";
}

/** The mark of a direction, as Korean tables draw it; the limits have an arrow of their own. */
export function mark(way: Way, sign?: Sign): string {
  if (sign === "1") return "↑";
  if (sign === "4") return "↓";
  return way === "up" ? "▲" : way === "down" ? "▼" : "–";
}

/** -300 → "▼ 300". */
export function signedChange(change: number, sign?: Sign): string {
  const way = wayOf(change);
  return way === "flat" ? "0" : `${mark(way, sign)} ${whole(Math.abs(change))}`;
}

/** 1.9 → "+1.90%". */
export function signedRate(rate: number): string {
  const text = Math.abs(rate).toFixed(2);
  return `${rate > 0 ? "+" : rate < 0 ? "-" : ""}${text}%`;
}

/** "09:47:51", Asia/Seoul. */
export function clockTime(ms: number): string {
  return CLOCK.format(ms);
}

/** "09:47:51.204", Asia/Seoul. */
export function exactTime(ms: number): string {
  return `${clockTime(ms)}.${String(ms % 1_000).padStart(3, "0")}`;
}

/** "2026-11-23", Asia/Seoul. */
export function day(ms: number): string {
  return DAY.format(ms);
}

/** The time alone when it is of today, else with its day: "09:47:51", "11-20 09:47:51". */
export function shortTime(ms: number, now: number): string {
  const of = day(ms);
  return of === day(now) ? clockTime(ms) : `${of.slice(5)} ${clockTime(ms)}`;
}

/** A bound of time as seconds with a tenth, never less than it is: 0.61 s are `0.7`. @param ms Milliseconds. */
export function secondsAtMost(ms: number): string {
  return (Math.ceil(ms / 100) / 10).toFixed(1);
}
