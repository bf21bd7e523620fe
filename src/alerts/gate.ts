import { assert } from "../core/errors.ts";

/**
 * Whether a recipient gets a message now: quiet hours, and the storm breaker.
 *
 * @module
 */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SEOUL_OFFSET_MS = 9 * 60 * MINUTE_MS;

/** Hours of each day in which a recipient is not disturbed, minutes since midnight in Asia/Seoul; `from` may be after `to`. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** `22:00-07:30` as minutes; undefined when it is not of that form, or empty. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return undefined;
  const [, fromHour, fromMinute, toHour, toMinute] = match.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const hours = { fromMinute: fromHour * 60 + fromMinute, toMinute: toHour * 60 + toMinute };
  return hours.fromMinute === hours.toMinute ? undefined : hours;
}

/** When the quiet hours that are in force at `now` end, epoch ms; undefined outside them. */
export function quietUntil(hours: QuietHours, now: number): number | undefined {
  const local = now + SEOUL_OFFSET_MS;
  const midnight = local - local % DAY_MS;
  const from = hours.fromMinute * MINUTE_MS;
  const to = hours.toMinute * MINUTE_MS;
  const since = local - midnight;
  const inside = from < to ? since >= from && since < to : since >= from || since < to;
  if (!inside) return undefined;
  const end = midnight + to + (from > to && since >= from ? DAY_MS : 0);
  return end - SEOUL_OFFSET_MS;
}

interface Spell {
  readonly start: number;
  count: number;
}

/**
 * The storm breaker: lets a recipient have `limit` messages in a minute that begins with the first of them; what comes
 * on top waits for the end of that minute and goes out as one digest.
 */
export class StormBreaker {
  readonly #limit: number;
  readonly #windowMs: number;
  #spells = new Map<string, Spell>();
  #sweepAt = 0;

  /** @param limit messages a minute and recipient; 0 is no limit. */
  constructor(limit: number, windowMs = MINUTE_MS) {
    assert(Number.isSafeInteger(limit) && limit >= 0, `a storm's limit must be 0 or more, got ${limit}`);
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /**
   * Counts a message for a recipient.
   *
   * @returns when it may go out in a digest, or undefined: it may go now.
   */
  admit(recipient: string, now: number): number | undefined {
    if (this.#limit === 0) return undefined;
    this.#sweep(now);
    let spell = this.#spells.get(recipient);
    // Before its start: the time was put back.
    if (spell === undefined || now >= spell.start + this.#windowMs || now < spell.start) {
      spell = { start: now, count: 0 };
      this.#spells.set(recipient, spell);
    }
    spell.count++;
    return spell.count <= this.#limit ? undefined : spell.start + this.#windowMs;
  }

  /** Counts a message that went out before, as far as its minute is not over. */
  recall(recipient: string, at: number, now: number): void {
    if (at > now - this.#windowMs && at <= now) this.admit(recipient, at);
  }

  /** How many recipients are counted now. */
  get size(): number {
    return this.#spells.size;
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + this.#windowMs;
    for (const [recipient, spell] of this.#spells) {
      if (now >= spell.start + this.#windowMs) this.#spells.delete(recipient);
    }
  }
}
