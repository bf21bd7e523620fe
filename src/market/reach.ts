import { limitPercent, type PriceLimits, priceLimits } from "./limits.ts";
import type { SymbolReference } from "./reference.ts";
import { dayOfDate } from "./seoul_time.ts";

/** What a condition compares with a number: the price (won), the change against yesterday (won) or its rate (per cent). */
export interface Threshold {
  readonly of: "price" | "change" | "rate";
  /** `up`: at or above the number; `down`: at or below it. */
  readonly towards: "up" | "down";
  readonly value: number;
}

/** Why a threshold cannot be met. */
export interface OutOfReach {
  /** `never_reached`: on no ordinary day; `not_today`: the base price of another day may be nearer. */
  readonly code: "never_reached" | "not_today";
  readonly reason: string;
}

type Known = Pick<
  SymbolReference,
  "kind" | "name" | "date" | "basePrice" | "listedOn" | "liquidation" | "upperLimit" | "lowerLimit"
>;

/**
 * Whether a threshold is outside of what a symbol may trade at: its price limits of the day, and for a rate the limits of
 * any day. Undefined where it can be reached, or where nothing is known of the symbol's limits.
 */
export function outOfReach(threshold: Threshold, known: Known): OutOfReach | undefined {
  const day = dayOfDate(known.date);
  if (day === undefined) return undefined;
  const percent = limitPercent({ ...known, day });
  if (percent === undefined) return undefined;
  if (threshold.of === "rate") {
    const [most, side] = threshold.towards === "up" ? [percent.up, "up"] : [-percent.down, "down"];
    const beyond = threshold.towards === "up" ? threshold.value > most : threshold.value < most;
    if (!beyond) return undefined;
    const reason = `is never reached: it moves at most ${Math.abs(most)} % ${side} in a day`;
    return { code: "never_reached", reason };
  }
  const limits = limitsOf(known, day);
  if (limits === undefined) return undefined;
  const base = threshold.of === "price" ? 0 : known.basePrice;
  if (base === null) return undefined;
  const bound = threshold.towards === "up" ? limits.upper : limits.lower;
  const beyond = threshold.towards === "up" ? threshold.value > bound - base : threshold.value < bound - base;
  if (!beyond) return undefined;
  const word = threshold.towards === "up" ? "상한가" : "하한가";
  const reason = `is not reached today: the day's limit (${word}) is ${bound} won (as of ${known.date})`;
  return { code: "not_today", reason };
}

function limitsOf(known: Known, day: number): PriceLimits | undefined {
  const { upperLimit, lowerLimit, basePrice } = known;
  if (upperLimit !== null && lowerLimit !== null) return { upper: upperLimit, lower: lowerLimit };
  return basePrice === null || basePrice === 0 ? undefined : priceLimits({ ...known, basePrice, day });
}
