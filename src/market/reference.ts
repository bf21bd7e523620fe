import { dateOfDay, dayOfDate } from "./seoul_time.ts";
import type { Symbol } from "./symbol.ts";

/** What kind of security a symbol is, after the group codes of KIS's master files. */
export const SECURITY_KINDS = ["stock", "etf", "etn", "elw", "reit", "fund", "warrant", "other"] as const;
export type SecurityKind = typeof SECURITY_KINDS[number];

/** 시장경고: none, 투자주의, 투자경고, 투자위험. */
export const MARKET_WARNINGS = ["none", "caution", "warning", "danger"] as const;
export type MarketWarning = typeof MARKET_WARNINGS[number];

/** The markets a rule may name in place of symbols, `*` aside. */
export const RULE_MARKETS = ["KOSPI", "KOSDAQ", "ETF", "ETN"] as const;
export type RuleMarket = typeof RULE_MARKETS[number];

/** How many daily candles a reference has at most: a year has about 245 trading days. */
export const MAX_DAILY_CANDLES = 260;

/** One trading day of a symbol, regular session, won and shares, adjusted for splits and rights as of the reference. */
export interface DailyCandle {
  /** `YYYYMMDD` in Asia/Seoul. */
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A price that was reached on a day. */
export interface DatedPrice {
  readonly price: number;
  /** `YYYYMMDD` in Asia/Seoul. */
  readonly date: string;
}

/**
 * What is known of a symbol on a day: one record of the compacted `reference` topic, whose key is the symbol. KIS's
 * master files give every symbol its first half; the second half (from `nxt`) comes by REST, for symbols that rules
 * name. Null is "not known".
 */
export interface SymbolReference {
  readonly symbol: Symbol;
  /** The day it is of, `YYYYMMDD` in Asia/Seoul. */
  readonly date: string;
  /** Korean short name. */
  readonly name: string;
  readonly nameEn: string | null;
  readonly market: "KOSPI" | "KOSDAQ";
  readonly kind: SecurityKind;
  /** 기준가 of the day, won. */
  readonly basePrice: number | null;
  /** 거래정지. */
  readonly halted: boolean;
  /** 정리매매: trading before the delisting, without price limits. */
  readonly liquidation: boolean;
  /** 관리종목. */
  readonly administrative: boolean;
  readonly warning: MarketWarning;
  /** The day of the master file that had it last, `YYYYMMDD`; null: it comes from REST alone. */
  readonly masterDate: string | null;
  /** The day of the listing, `YYYYMMDD`. */
  readonly listedOn: string | null;
  /** Whether NXT trades it. KIS `cptt_trad_tr_psbl_yn`. */
  readonly nxt: boolean | null;
  /** 상한가 and 하한가 of the day, won. KIS `stck_mxpr`, `stck_llam`. */
  readonly upperLimit: number | null;
  readonly lowerLimit: number | null;
  /** The highest and lowest price of the 52 weeks as KIS says, the day itself included. */
  readonly high52w: DatedPrice | null;
  readonly low52w: DatedPrice | null;
  /** The last trading days before `date`, oldest first, at most {@link MAX_DAILY_CANDLES}. */
  readonly candles: readonly DailyCandle[];
}

/** How far back a daily measure goes: trading days, or 52 weeks of the calendar. */
export type DailySpan = "20d" | "60d" | "52w";

const SPAN_DAYS: Readonly<Record<Exclude<DailySpan, "52w">, number>> = { "20d": 20, "60d": 60 };
/** The days of 52 weeks. */
export const YEAR_DAYS = 364;

/**
 * The candles of a span before the reference's day, oldest first; undefined when it has too few of them. 52 weeks of a
 * symbol that was listed later are what there is since its listing.
 */
export function candlesOf(reference: SymbolReference, span: DailySpan): readonly DailyCandle[] | undefined {
  const { candles } = reference;
  if (span !== "52w") {
    const count = SPAN_DAYS[span];
    return candles.length < count ? undefined : candles.slice(-count);
  }
  const from = daysBefore(reference.date, YEAR_DAYS);
  const first = candles[0];
  if (first === undefined) return undefined;
  const reaches = first.date <= from || (reference.listedOn ?? "") >= from;
  return reaches ? candles.filter(({ date }) => date >= from) : undefined;
}

/** The highest price of a span before the reference's day, won; undefined when it cannot be said. */
export function highOf(reference: SymbolReference, span: DailySpan): number | undefined {
  return extreme(reference, { span, of: ({ high }) => high, known: reference.high52w, pick: Math.max });
}

/** The lowest price of a span before the reference's day, won; undefined when it cannot be said. */
export function lowOf(reference: SymbolReference, span: DailySpan): number | undefined {
  return extreme(reference, { span, of: ({ low }) => low, known: reference.low52w, pick: Math.min });
}

interface Extreme {
  readonly span: DailySpan;
  readonly of: (candle: DailyCandle) => number;
  readonly known: DatedPrice | null;
  readonly pick: (...prices: number[]) => number;
}

function extreme(reference: SymbolReference, { span, of, known, pick }: Extreme): number | undefined {
  const candles = candlesOf(reference, span);
  if (candles !== undefined) {
    return candles.length === 0 ? undefined : candles.map(of).reduce((a, b) => pick(a, b));
  }
  // KIS counts the day itself: a price of today is the day's own high, not one to be passed.
  return span === "52w" && known !== null && known.date < reference.date ? known.price : undefined;
}

/** Whether a rule for a market is for this symbol. */
export function isOfMarket(
  reference: Pick<SymbolReference, "market" | "kind">,
  market: RuleMarket | "*",
): boolean {
  switch (market) {
    case "*":
      return true;
    case "ETF":
      return reference.kind === "etf";
    case "ETN":
      return reference.kind === "etn";
    default:
      return reference.market === market && reference.kind !== "etf" && reference.kind !== "etn";
  }
}

/** The `YYYYMMDD` so many days before another. */
export function daysBefore(date: string, days: number): string {
  return dateOfDay((dayOfDate(date) as number) - days);
}
