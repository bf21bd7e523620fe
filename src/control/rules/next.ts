import type { Alert } from "../../alerts/alert.ts";
import { clockTime } from "../../alerts/format.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { Rule } from "../../rules/rule.ts";

/**
 * What happens next with a rule that was just written: "armed again", or when it fired and from when it may again.
 *
 * @param fired the rule's alert of the window of now, where there is one; and whether it fired once and for all, which is
 * known longer than its alert.
 */
export function nextOf(
  rule: Rule,
  { alert, spent = false }: { readonly alert?: Alert | undefined; readonly spent?: boolean },
  now: number,
): string {
  if (!rule.enabled) return "paused: it fires once it is resumed";
  if (rule.expiresAt !== null && rule.expiresAt <= now) return "expired: it does not fire";
  if (spent && alert === undefined) return "fired, and fires once: pause and resume it to arm it again";
  if (alert !== undefined) {
    const fired = `fired at ${clockTime(alert.eventTime, "en")}`;
    if (alert.windowEnd === null) return `${fired}, and fires once: pause and resume it to arm it again`;
    const again = clockTime(alert.windowEnd, "en");
    const day = dateOf(alert.windowEnd) === dateOf(now) ? "" : " tomorrow";
    return `${fired}, again from ${again}${day}`;
  }
  if (rule.armed === rule.version && rule.version > 1) {
    return "armed again: it fires on the next trade that meets it";
  }
  return rule.on === "crossing"
    ? "armed: it fires when a trade comes to meet it"
    : "armed: it fires on the next trade that meets it";
}
