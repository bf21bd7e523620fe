import type { Locale } from "../rules/rule.ts";
import { type Repeat, REPEAT_MS } from "../rules/repeat.ts";
import type { Alert } from "./alert.ts";
import { clockTime } from "./format.ts";

/**
 * How often a rule repeats, in words.
 *
 * @module
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What an alert says of the next one: "10분에 한 번만 알립니다. 10시20분까지 …". */
export function repeatInWords(
  alert: Pick<Alert, "repeat" | "windowStart" | "windowEnd" | "closing">,
  locale: Locale,
): string {
  if (alert.closing) {
    return locale === "ko"
      ? "오늘 보낼 알림을 모두 보냈습니다. 내일 다시 알립니다."
      : "This rule has sent all its alerts of the day: it goes on tomorrow.";
  }
  if (alert.windowEnd === null) {
    return locale === "ko"
      ? "한 번만 알리는 규칙입니다. 다시 켜거나 고칠 때까지 알리지 않습니다."
      : "This rule alerts once: it stays quiet until it is switched on again or changed.";
  }
  if (alert.repeat === "day") {
    return locale === "ko"
      ? "같은 조건은 하루에 한 번만 알립니다. 내일 다시 알립니다."
      : "A rule such as this alerts once a day: it goes on tomorrow.";
  }
  const length = durationInWords(alert.windowEnd - alert.windowStart, locale);
  const until = clockTime(alert.windowEnd, locale);
  return locale === "ko"
    ? `같은 조건은 ${length}에 한 번만 알립니다. ${until}까지 다시 알리지 않습니다.`
    : `A rule alerts once ${length}: this one stays quiet until ${until}.`;
}

/** A rule's repeat for lists and forms: "10분마다", "하루 한 번", "한 번만". */
export function repeatName(repeat: Repeat | null, windowMs: number, locale: Locale): string {
  if (repeat === "once") return locale === "ko" ? "한 번만" : "only once";
  if (repeat === "day") return locale === "ko" ? "하루에 한 번" : "once a day";
  const length = durationInWords(repeat === null ? windowMs : REPEAT_MS[repeat], locale);
  return locale === "ko" ? `${length}에 한 번` : `once ${length}`;
}

/** "한 시간", "10분"; "an hour", "every 10 minutes". */
function durationInWords(ms: number, locale: Locale): string {
  const [count, unit] = ms % HOUR_MS === 0
    ? [ms / HOUR_MS, "hour"] as const
    : ms % MINUTE_MS === 0
    ? [ms / MINUTE_MS, "minute"] as const
    : [ms / 1000, "second"] as const;
  if (locale === "ko") {
    if (count === 1) return { hour: "한 시간", minute: "1분", second: "1초" }[unit];
    return `${count}${{ hour: "시간", minute: "분", second: "초" }[unit]}`;
  }
  return count === 1 ? `${unit === "hour" ? "an" : "a"} ${unit}` : `every ${count} ${unit}s`;
}
