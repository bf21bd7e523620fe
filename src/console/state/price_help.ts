import { priceLimits } from "../../market/limits.ts";
import type { SecurityKind } from "../../market/reference.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import { floorToTick, priceAbove, priceBelow, tickSize } from "../../market/tick_size.ts";
import type { Listed } from "./market.ts";

/** What prices of a symbol may be. */
export interface PriceGrid {
  readonly kind: SecurityKind;
  /** A day in Asia/Seoul. */
  readonly day: number;
  /** Today's, won; undefined: there are none, or they are not known. */
  readonly limits: { readonly lower: number; readonly upper: number } | undefined;
}

/** The grid of a symbol's prices. */
export function priceGrid(
  { type, name }: Pick<Listed, "type" | "name">,
  { base, now }: { readonly base: number; readonly now: number },
): PriceGrid {
  const kind = type as SecurityKind;
  const day = seoulDay(now);
  return { kind, day, limits: base > 0 ? priceLimits({ kind, basePrice: base, day, name }) : undefined };
}

/** The price on the grid that is nearest. */
export function snapPrice(price: number, { kind, day }: PriceGrid): number {
  const below = floorToTick({ type: kind, price, day });
  const tick = tickSize({ type: kind, price: below, day });
  return Math.max(1, price - below < tick / 2 ? below : below + tick);
}

/** The two prices on the grid around one; a price that is on it has the next lower and higher. */
export function ticksAround(price: number, { kind, day }: PriceGrid): readonly number[] {
  const of = { type: kind, price, day };
  return [priceBelow(of), priceAbove(of)].filter((each) => each > 0);
}

/** Per cent of the chips beside the value. */
const CHIP_PERCENTS = [-5, -3, -1, 1, 3, 5] as const;

/** The prices so many per cent away, on the grid. */
export function percentAway(price: number, grid: PriceGrid): readonly { percent: number; price: number }[] {
  return CHIP_PERCENTS.map((percent) => ({ percent, price: snapPrice(price * (1 + percent / 100), grid) }));
}
