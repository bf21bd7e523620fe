import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import type { Rule } from "./rule.ts";

/** How often a rule may fire: once in a window of this length, once a day in Seoul, or once until it is armed again. */
export const REPEATS = ["1m", "5m", "10m", "30m", "1h", "2h", "4h", "day", "once"] as const;
export type Repeat = typeof REPEATS[number];

const MINUTE_MS = 60_000;

/** Ms of the repeats that are lengths of windows. */
export const REPEAT_MS: Readonly<Record<Exclude<Repeat, "day" | "once">, number>> = {
  "1m": MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "10m": 10 * MINUTE_MS,
  "30m": 30 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "2h": 120 * MINUTE_MS,
  "4h": 240 * MINUTE_MS,
};

/** A window in which a rule fires at most once for a symbol. Epoch ms, `[start, end)`. */
export interface RuleWindow {
  readonly start: number;
  /** Null: it ends when the rule is armed again. */
  readonly end: number | null;
}

/**
 * The window of a rule at a time. Windows that are lengths begin at the epoch, days in Seoul; that of `once` began when
 * the rule was armed.
 *
 * @param defaultMs the length where the rule does not say one, `--window-ms`.
 */
export function windowOf(
  rule: Pick<Rule, "repeat" | "armedAt">,
  at: number,
  defaultMs: number,
): RuleWindow {
  if (rule.repeat === "once") return { start: rule.armedAt, end: null };
  if (rule.repeat === "day") {
    const day = seoulDay(at);
    return { start: startOfSeoulDay(day), end: startOfSeoulDay(day + 1) };
  }
  const length = rule.repeat === null ? defaultMs : REPEAT_MS[rule.repeat];
  const start = Math.floor(at / length) * length;
  return { start, end: start + length };
}
