import { InputError } from "../core/errors.ts";
import { RULE_KINDS, type RuleKind } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";

/**
 * Silences: for a time, alerts that match are not delivered. The alert itself is made and kept; only its deliveries are
 * `suppressed`, code `silenced`, with who asked for it and why. As in Prometheus's Alertmanager, a silence has matchers,
 * all of which must hold, and a from and until.
 *
 * @module
 */

/** What a silence looks at. */
export const SILENCE_FIELDS = ["symbol", "kind", "ruleId", "recipient"] as const;
export type SilenceField = typeof SILENCE_FIELDS[number];

/** One condition: the field is the value. */
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
  /** Who asked for it. */
  readonly by: string;
  /** Why. */
  readonly comment: string;
  readonly createdAt: number;
}

/** Whether a silence holds at a time. */
export function isActive(silence: Silence, now: number): boolean {
  return silence.from <= now && now < silence.until;
}

/** Whether a silence is about an alert's delivery to a recipient. */
export function silences(silence: Silence, alert: Alert, recipient: string): boolean {
  return silence.tenant === alert.tenant && silence.matchers.length > 0 &&
    silence.matchers.every(({ field, value }) => valueOf(alert, recipient, field) === value);
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

function valueOf(alert: Alert, recipient: string, field: SilenceField): string {
  switch (field) {
    case "symbol":
      return alert.symbol;
    case "kind":
      return alert.kind;
    case "ruleId":
      return alert.ruleId;
    case "recipient":
      return recipient;
  }
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
      Array.isArray(silence.matchers) && silence.matchers.every(isMatcher);
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
    (field !== "kind" || RULE_KINDS.includes(value as RuleKind));
}
