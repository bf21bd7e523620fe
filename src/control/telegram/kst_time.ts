import type { Locale } from "../../rules/rule.ts";

/** A time as people in Seoul write it: `11월 27일 15:30`. @param at epoch ms. */
export function kstTime(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale === "ko" ? "ko-KR" : "en-GB", {
    timeZone: "Asia/Seoul",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
}
