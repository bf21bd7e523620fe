/** How long to wait between tries of a call that failed. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in ms. */
  readonly baseMs: number;
  /** Upper bound of every wait, in ms. */
  readonly capMs: number;
  /** Lower bound of every wait, in ms; 0 by default. */
  readonly floorMs?: number;
}

/** A source of numbers in [0, 1): `Math.random` in the product, a seeded one in tests. */
export type Random = () => number;

/**
 * Exponential backoff with full jitter: a wait drawn evenly from [floor, min(cap, base · 2^attempt)), in ms.
 *
 * @param attempt 0 for the wait after the first failure.
 */
export function backoffMs(attempt: number, options: BackoffOptions, random: Random): number {
  const floor = options.floorMs ?? 0;
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 40));
  return Math.round(floor + random() * Math.max(0, ceiling - floor));
}

/** A small seeded generator (mulberry32), for simulation and tests; not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
