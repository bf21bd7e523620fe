import { seoul } from "./format.ts";

/**
 * How many messages may go out in a day: of a tenant, and of a tenant to one recipient. What is more is not lost: it waits
 * for a digest in the morning, before the pre-market opens.
 *
 * @module
 */

const DAY_MS = 86_400_000;
const SEOUL_OFFSET_MS = 9 * 3_600_000;
/** 07:30 in Seoul: the pre-market opens at 8. */
const MORNING_MS = 7.5 * 3_600_000;

/** Most messages of a day (Asia/Seoul); 0 is no limit. */
export interface DayLimits {
  readonly tenant: number;
  readonly recipient: number;
}

/** No limit. */
export const NO_DAY_LIMITS: DayLimits = { tenant: 0, recipient: 0 };

/** The day in Seoul that a time is on, "20261130". */
export function dayOf(now: number): string {
  const { year, month, day } = seoul(now);
  return `${year}${month}${day}`;
}

/** The morning after a time, epoch ms. */
export function nextMorning(now: number): number {
  const local = now + SEOUL_OFFSET_MS;
  return local - local % DAY_MS + DAY_MS + MORNING_MS - SEOUL_OFFSET_MS;
}

/** Whether counts of a day, this message among them, are over their limits. */
export function isOverDay(counts: DayLimits, limits: DayLimits): boolean {
  return (limits.tenant > 0 && counts.tenant > limits.tenant) ||
    (limits.recipient > 0 && counts.recipient > limits.recipient);
}

/** Counts the messages of the day, for a notifier that runs all the time. */
export class DayQuota {
  readonly #limits: DayLimits;
  readonly #tenants = new Map<string, number>();
  readonly #recipients = new Map<string, number>();
  #day = "";

  constructor(limits: DayLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a message.
   *
   * @returns when it may go out in a digest, or undefined: it may go now.
   */
  admit({ tenant, recipient }: { tenant: string; recipient: string }, now: number): number | undefined {
    this.#turn(now);
    const counts = {
      tenant: added(this.#tenants, tenant),
      recipient: added(this.#recipients, `${tenant}|${recipient}`),
    };
    return isOverDay(counts, this.#limits) ? nextMorning(now) : undefined;
  }

  /** Counts a message that went out before, if it was today. */
  recall(who: { tenant: string; recipient: string }, at: number, now: number): void {
    if (at <= now && dayOf(at) === dayOf(now)) this.admit(who, now);
  }

  #turn(now: number): void {
    const day = dayOf(now);
    if (day === this.#day) return;
    this.#day = day;
    this.#tenants.clear();
    this.#recipients.clear();
  }
}

function added(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}
