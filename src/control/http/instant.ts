import { InputError } from "../../core/errors.ts";
import { parseInstant } from "../../rules/parse_instant.ts";

/** A number of milliseconds below this is a day before March 1973; of seconds, all days until the year 5138. */
const SECONDS_BELOW = 100_000_000_000;

/** Whether a number was probably meant as seconds since 1970. */
export function looksLikeSeconds(at: number): boolean {
  return at > 0 && at < SECONDS_BELOW;
}

/**
 * An instant as a caller gives it: ISO 8601 with an offset, or epoch ms, in a body a number, in a query digits. In a query
 * a "+" that was sent unescaped arrives as a blank.
 *
 * @throws {InputError} `bad_time`; `seconds_for_milliseconds`, which are never meant.
 */
export function instantOf(given: string | number, field: string): number {
  const value = typeof given === "number" ? given : /^\d+$/.test(given) ? Number(given) : given;
  if (typeof value === "number" && looksLikeSeconds(value)) throw secondsGiven(field, given);
  return parseInstant(typeof value === "string" ? value.replace(/ (?=\d{2}:\d{2}$)/, "+") : value, field);
}

/** Seconds where milliseconds are wanted. */
export function secondsGiven(field: string, value: unknown): InputError {
  const reason = "are seconds since 1970; give milliseconds, or ISO 8601 with an offset";
  return new InputError("bad_time", [{ field, code: "seconds_for_milliseconds", reason, value }]);
}
