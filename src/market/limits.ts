import type { ListedSymbol } from "./directory.ts";
import { dayOfDate } from "./seoul_time.ts";
import { floorToTick, tickSize } from "./tick_size.ts";

/** How far a price may go in a day, per cent of the base price. KRX: 30 % since 2015-06-15, 15 % before. */
const WIDTHS: readonly { readonly from: string; readonly percent: number }[] = [
  { from: "20150615", percent: 30 },
  { from: "19981207", percent: 15 },
];

/** The per cent from the last single price at which a static volatility interruption begins (2015-06-15). */
export const STATIC_VI_PERCENT = 10;
/** How long the call auction of a volatility interruption takes, ms; up to 30 s are added at random. */
export const VI_AUCTION_MS = 120_000;
/** The random end of an auction, ms at most. */
export const AUCTION_RANDOM_END_MS = 30_000;

/** The lowest and highest price a symbol may trade at on a day, in won. */
export interface PriceLimits {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The limits of a day from its base price (기준가): the width is cut to the tick size of the base price, and the limits to
 * the grid. The exact ones of a real symbol come from KIS (stck_mxpr, stck_llam).
 *
 * @param day a day in Asia/Seoul, see `seoulDay`.
 */
export function priceLimits(type: ListedSymbol["type"], basePrice: number, day: number): PriceLimits {
  const { percent } = WIDTHS.find((one) => day >= (dayOfDate(one.from) as number)) ??
    (WIDTHS[WIDTHS.length - 1] as typeof WIDTHS[number]);
  const tick = tickSize({ type, price: basePrice, day });
  const width = Math.floor((basePrice * percent) / 100 / tick) * tick;
  const upper = floorToTick({ type, price: basePrice + width, day });
  const below = basePrice - width;
  const step = tickSize({ type, price: below, day });
  return { lower: Math.max(step, Math.ceil(below / step) * step), upper };
}
