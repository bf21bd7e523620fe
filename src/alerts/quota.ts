import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";

/**
 * How many messages may go out in a day: of a tenant, and of a tenant to one recipient. What is more is not lost: it waits
 * for a digest in the morning, before the pre-market opens. What waits for a digest counts as no message.
 *
 * @module
 */

/** 07:30 in Seoul: the pre-market opens at 8. */
const MORNING_MS = 7.5 * 3_600_000;

/** Most messages of a day (Asia/Seoul); 0 is no limit. */
export interface DayLimits {
  readonly tenant: number;
  readonly recipient: number;
}

/** No limit. */
export const NO_DAY_LIMITS: DayLimits = { tenant: 0, recipient: 0 };

/** The morning of the day after a time, epoch ms. */
export function nextMorning(now: number): number {
  return startOfSeoulDay(seoulDay(now) + 1) + MORNING_MS;
}

/** Whether counts of a day, this message among them, are over their limits. */
export function isOverDay(counts: DayLimits, limits: DayLimits): boolean {
  return (limits.tenant > 0 && counts.tenant > limits.tenant) ||
    (limits.recipient > 0 && counts.recipient > limits.recipient);
}

/** Whose messages are counted. */
interface Counted {
  readonly tenant: string;
  readonly recipient: string;
}

/** Counts the messages of the day, for a notifier that runs all the time. */
export class DayQuota {
  readonly #limits: DayLimits;
  readonly #tenants = new Map<string, number>();
  readonly #recipients = new Map<string, number>();
  #day = -1;

  constructor(limits: DayLimits) {
    this.#limits = limits;
  }

  /** When one more message may go out, in a digest; undefined: it may go now. */
  over({ tenant, recipient }: Counted, now: number): number | undefined {
    this.#turn(now);
    const counts = {
      tenant: 1 + (this.#tenants.get(tenant) ?? 0),
      recipient: 1 + (this.#recipients.get(keyOf(tenant, recipient)) ?? 0),
    };
    return isOverDay(counts, this.#limits) ? nextMorning(now) : undefined;
  }

  /** Counts a message that goes out now, or that went out before, if that was today. */
  count({ tenant, recipient }: Counted, at: number, now = at): void {
    if (at > now || seoulDay(at) !== seoulDay(now)) return;
    this.#turn(now);
    if (this.#limits.tenant > 0) addOne(this.#tenants, tenant);
    if (this.#limits.recipient > 0) addOne(this.#recipients, keyOf(tenant, recipient));
  }

  #turn(now: number): void {
    const day = seoulDay(now);
    if (day === this.#day) return;
    this.#day = day;
    this.#tenants.clear();
    this.#recipients.clear();
  }
}

function keyOf(tenant: string, recipient: string): string {
  return `${tenant}|${recipient}`;
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
