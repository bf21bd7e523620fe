import { InputError } from "../core/errors.ts";
import { seoulDay, seoulTimeOfDay, weekdayOf } from "../market/seoul_time.ts";
import { RULE_KINDS, type RuleKind } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { parseQuietHours, quietUntil } from "./gate.ts";

/**
 * Silences: for a time, alerts that match are not delivered. The alert itself is made and kept; only its deliveries are
 * `suppressed`, code `silenced`, with who asked for it and why. As in Prometheus's Alertmanager, a silence has matchers,
 * all of which must hold, and a from and until; it may recur, by hours of some days of the week.
 *
 * @module
 */

/** What a silence examines. */
export const SILENCE_FIELDS = ["symbol", "kind", "ruleId", "recipient", "label"] as const;
export type SilenceField = typeof SILENCE_FIELDS[number];

/** The days of the week as they are written, Sunday first. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Day = typeof DAYS[number];

/** The `until` of a silence that recurs without an end: the last time there is. */
export const FOREVER = 8_640_000_000_000_000;

/** One condition: the field is the value; of a label `NAME=VALUE`. */
export interface SilenceMatcher {
  readonly field: SilenceField;
  readonly value: string;
}

/** A silence as it is stored. Times are epoch ms. */
export interface Silence {
  readonly id: string;
  readonly tenant: string;
  /** All of them must hold; at least one. */
  readonly matchers: readonly SilenceMatcher[];
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  /** It recurs: it counts within these hours only, `15:30-09:00` in Asia/Seoul. */
  readonly hours?: string;
  /** The days on which its hours begin; absent: every day. */
  readonly days?: readonly Day[];
  /** Who asked for it. */
  readonly by: string;
  /** Why. */
  readonly comment: string;
  readonly createdAt: number;
}

/** Whether a silence is in force at a time. */
export function isActive(silence: Silence, now: number): boolean {
  return silence.from <= now && now < silence.until &&
    (silence.hours === undefined || recursAt(silence.hours, silence.days ?? DAYS, now));
}

/** Whether hours that begin on some days hold at a time; those that go past midnight belong to the day they began on. */
function recursAt(text: string, days: readonly Day[], now: number): boolean {
  const hours = parseQuietHours(text);
  if (hours === undefined || quietUntil(hours, now) === undefined) return false;
  const { fromMinute, toMinute } = hours;
  const beganYesterday = fromMinute > toMinute && seoulTimeOfDay(now) < toMinute * 60_000;
  return days.includes(DAYS[weekdayOf(seoulDay(now) - (beganYesterday ? 1 : 0))]!);
}

/** Whether a silence is about an alert's delivery to a recipient. */
export function silences(silence: Silence, alert: Alert, recipient: string): boolean {
  return silence.tenant === alert.tenant && silence.matchers.length > 0 &&
    silence.matchers.every((matcher) => matches(matcher, alert, recipient));
}

/**
 * The silence that keeps an alert from a recipient now; undefined when there is none.
 *
 * @param now epoch ms, the time of the delivery, not of the trade.
 */
export function silenceFor(
  all: Iterable<Silence>,
  delivery: { readonly alert: Alert; readonly recipient: string; readonly now: number },
): Silence | undefined {
  for (const silence of all) {
    if (isActive(silence, delivery.now) && silences(silence, delivery.alert, delivery.recipient)) {
      return silence;
    }
  }
  return undefined;
}

/** What the ledger says of a delivery that a silence keeps back. */
export function silenceReason(silence: Silence): { readonly code: string; readonly reason: string } {
  return { code: "silenced", reason: `${silence.comment} (silence ${silence.id}, ${silence.by})` };
}

function matches({ field, value }: SilenceMatcher, alert: Alert, recipient: string): boolean {
  switch (field) {
    case "symbol":
      return alert.symbol === value;
    case "kind":
      return alert.kind === value;
    case "ruleId":
      return alert.ruleId === value;
    case "recipient":
      return recipient === value;
    case "label": {
      const [name = "", wanted] = labelOf(value) ?? [];
      return alert.labels !== undefined && Object.hasOwn(alert.labels, name) && alert.labels[name] === wanted;
    }
  }
}

/** The name and value of a label's matcher, `team=desk-1`; undefined when it is none. */
export function labelOf(text: string): readonly [string, string] | undefined {
  const at = text.indexOf("=");
  return at < 1 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

/** A silence as it is written. */
export function encodeSilence(silence: Silence): string {
  return JSON.stringify(silence);
}

/** @throws {InputError} code `bad_silence`. */
export function decodeSilence(bytes: Uint8Array): Silence {
  try {
    const silence = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Silence;
    const texts = [silence.id, silence.tenant, silence.by, silence.comment];
    const times = [silence.from, silence.until, silence.createdAt];
    const whole = texts.every((text) => typeof text === "string") && times.every(Number.isSafeInteger) &&
      Array.isArray(silence.matchers) && silence.matchers.every(isMatcher) && recurs(silence);
    if (whole) return silence;
  } catch {
    // Reported below: the bytes are no silence, whatever is wrong with them.
  }
  const issue = {
    field: "",
    code: "bad_silence",
    reason: "must be a silence",
    value: `${bytes.length} bytes`,
  };
  throw new InputError("bad_silence", [issue]);
}

function isMatcher(matcher: unknown): matcher is SilenceMatcher {
  if (typeof matcher !== "object" || matcher === null) return false;
  const { field, value } = matcher as Record<string, unknown>;
  return SILENCE_FIELDS.some((known) => known === field) && typeof value === "string" &&
    (field !== "kind" || RULE_KINDS.includes(value as RuleKind)) &&
    (field !== "label" || labelOf(value) !== undefined);
}

function recurs({ hours, days }: Silence): boolean {
  return (hours === undefined || (typeof hours === "string" && parseQuietHours(hours) !== undefined)) &&
    (days === undefined || (Array.isArray(days) && days.every((day) => DAYS.includes(day))));
}
