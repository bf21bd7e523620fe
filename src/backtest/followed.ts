import type { PriceAt, PricePath } from "./price_path.ts";

/** After what a fire is examined again. */
export const HORIZONS = ["after5m", "after30m", "close", "nextClose"] as const;
export type Horizon = typeof HORIZONS[number];

const MINUTE_MS = 60_000;

/** A price that followed, against the one at which the rule fired. */
export interface FollowedPrice {
  /** Won. */
  readonly price: number;
  /** Per cent, two decimals. */
  readonly percent: number;
}

/** What followed a fire. Null: the trades end before, or it was after the close. */
export interface Followed {
  readonly after5m: FollowedPrice | null;
  readonly after30m: FollowedPrice | null;
  /** The last price of the day's regular session. */
  readonly close: FollowedPrice | null;
  /** The close of the symbol's next day that there is. */
  readonly nextClose: FollowedPrice | null;
  /** The highest and lowest price until the close; after it, until the day's last trade. */
  readonly highest: (FollowedPrice & { readonly at: number }) | null;
  readonly lowest: (FollowedPrice & { readonly at: number }) | null;
}

/**
 * What followed a fire on its own day.
 *
 * @param path the symbol's whole day.
 * @param fire its price and time.
 */
export function followedOn(path: PricePath, fire: PriceAt): Followed {
  const { at, price } = fire;
  const close = path.close();
  const extremes = path.extremes(at);
  return {
    after5m: against(price, path.priceAt(at + 5 * MINUTE_MS)),
    after30m: against(price, path.priceAt(at + 30 * MINUTE_MS)),
    close: close === undefined || close.at < at ? null : against(price, close.price),
    nextClose: null,
    highest: extremes && dated(price, extremes.highest) || null,
    lowest: extremes && dated(price, extremes.lowest) || null,
  };
}

/** A price against another; null where either is not known. */
export function against(base: number, price: number | undefined): FollowedPrice | null {
  if (price === undefined || base <= 0) return null;
  return { price, percent: Math.round((price - base) / base * 10_000) / 100 };
}

function dated(base: number, { price, at }: PriceAt): (FollowedPrice & { readonly at: number }) | null {
  const followed = against(base, price);
  return followed && { ...followed, at };
}
