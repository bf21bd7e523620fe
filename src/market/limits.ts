import type { SecurityKind } from "./reference.ts";
import { dayOfDate } from "./seoul_time.ts";
import { floorToTick, tickSize } from "./tick_size.ts";

/** How far a price may go in a day, per cent of the base price. KRX: 30 % since 2015-06-15, 15 % before. */
const WIDTHS: readonly { readonly from: string; readonly percent: number }[] = [
  { from: "20150615", percent: 30 },
  { from: "19981207", percent: 15 },
];

/** Per cent of the offering price between which a new listing trades on its first day. KRX, since 2023-06-26. */
const FIRST_DAY = { from: "20230626", lower: 60, upper: 400 } as const;
/** Kinds without price limits: 주식워런트증권, 신주인수권증서. */
const UNLIMITED: ReadonlySet<SecurityKind> = new Set(["elw", "warrant"]);
/** ETF and ETN of a multiple say so in their name; inverse ones of one time do not. */
const MULTIPLES: readonly { readonly words: RegExp; readonly multiple: number }[] = [
  { words: /3X/i, multiple: 3 },
  { words: /레버리지|2X/i, multiple: 2 },
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

/** What a symbol's limits depend on. */
export interface LimitsOf {
  readonly kind: SecurityKind;
  /** 기준가, won; of a new listing's first day the offering price. */
  readonly basePrice: number;
  /** A day in Asia/Seoul, see `seoulDay`. */
  readonly day: number;
  /** Knows leveraged funds. */
  readonly name?: string;
  /** The day of its listing, `YYYYMMDD`. */
  readonly listedOn?: string | null;
  /** 정리매매: the last days before a delisting have no limits. */
  readonly liquidation?: boolean;
}

/** How many per cent a symbol may move in a day, up and down; undefined: as much as it likes. */
export function limitPercent(
  { kind, day, name = "", listedOn, liquidation }: Omit<LimitsOf, "basePrice">,
): { readonly down: number; readonly up: number } | undefined {
  if (liquidation === true || UNLIMITED.has(kind)) return undefined;
  const isFirstDay = typeof listedOn === "string" && dayOfDate(listedOn) === day;
  if (isFirstDay && kind !== "etf" && kind !== "etn" && day >= (dayOfDate(FIRST_DAY.from) as number)) {
    return { down: 100 - FIRST_DAY.lower, up: FIRST_DAY.upper - 100 };
  }
  const { percent } = WIDTHS.find((one) => day >= (dayOfDate(one.from) as number)) ??
    (WIDTHS[WIDTHS.length - 1] as typeof WIDTHS[number]);
  const isFund = kind === "etf" || kind === "etn";
  const multiple = isFund ? MULTIPLES.find(({ words }) => words.test(name))?.multiple ?? 1 : 1;
  return { down: Math.min(100, percent * multiple), up: percent * multiple };
}

/**
 * The limits of a day from its base price (기준가): the width is cut to the tick size of the base price, and the limits to
 * the grid. The exact ones of a real symbol come from KIS (stck_mxpr, stck_llam). Undefined: it has none.
 */
export function priceLimits(of: LimitsOf): PriceLimits | undefined {
  const percent = limitPercent(of);
  if (percent === undefined) return undefined;
  const { kind: type, basePrice, day } = of;
  const tick = tickSize({ type, price: basePrice, day });
  const width = (side: number) => Math.floor((basePrice * side) / 100 / tick) * tick;
  const upper = floorToTick({ type, price: basePrice + width(percent.up), day });
  const below = basePrice - width(percent.down);
  const step = tickSize({ type, price: below, day });
  return { lower: Math.max(step, Math.ceil(below / step) * step), upper };
}
