import type { Sign, Trade } from "./trade.ts";

/** How a trade may contradict itself. */
export type Contradiction =
  /** Its sign says another direction than its change or its rate. */
  | "direction"
  /** Its price is outside its own day's low and high. */
  | "range";

/** 1 up, -1 down, 0 unchanged. */
const DIRECTIONS: Readonly<Record<Sign, -1 | 0 | 1>> = { "1": 1, "2": 1, "3": 0, "4": -1, "5": -1 };

/**
 * Decides what is true of a trade that contradicts itself, before it stands on the topic, so that all readers see one truth:
 *
 * - its sign is right about the direction, and change and rate about the size: with 5 (down) a change of +500 is -500. Only
 *   3 (unchanged) gives way to a change or a rate that is not 0;
 * - its price is right, and widens the day's low or high.
 *
 * Auctions' expected prices are left as they are: they fire nothing, and stand outside the day's range for good reason.
 *
 * @returns the trade itself where there is nothing to decide.
 */
export function decideContradictions(
  trade: Trade,
): { readonly trade: Trade; readonly contradictions: readonly Contradiction[] } {
  if (trade.session !== undefined && trade.session !== "0") return { trade, contradictions: [] };
  const { sign, change, rate, price, high, low } = trade;
  const stated = DIRECTIONS[sign];
  const direction = stated || Math.sign(change) || Math.sign(rate);
  const turned = change * direction < 0 || rate * direction < 0 || direction !== stated;
  // Before a day's first trade high and low are 0.
  const outside = (high > 0 && price > high) || (low > 0 && price < low);
  if (!turned && !outside) return { trade, contradictions: [] };
  return {
    trade: {
      ...trade,
      sign: stated === 0 && direction !== 0 ? (direction > 0 ? "2" : "5") : sign,
      change: direction * Math.abs(change) + 0,
      rate: direction * Math.abs(rate) + 0,
      high: outside ? Math.max(high, price) : high,
      low: outside && low > 0 ? Math.min(low, price) : low,
    },
    contradictions: [...(turned ? ["direction" as const] : []), ...(outside ? ["range" as const] : [])],
  };
}
