import { MARKET_SESSION_STARTS, shiftOf } from "./calendar_data.ts";
import { seoulDay, seoulTimeOfDay, timeOfHour } from "./seoul_time.ts";
import type { Trade } from "./trade.ts";

/** The sessions of a trading day, as rules name them. */
export const MARKET_SESSIONS = ["pre", "regular", "after", "closing"] as const;
/**
 * A session of a trading day: before the regular one (프리마켓), the regular one with its auctions (정규장), after it
 * (애프터마켓), and trading at the closing price (시간외종가).
 */
export type MarketSession = typeof MARKET_SESSIONS[number];

/** From when a session is, ms since midnight in Asia/Seoul, to the beginning of the next one or the day's end. */
export interface MarketSessionStart {
  readonly session: MarketSession;
  readonly fromMs: number;
}

/** How sessions are called in mails, the console and the docs. */
export const MARKET_SESSION_WORDS: Readonly<
  Record<MarketSession, { readonly ko: string; readonly en: string }>
> = {
  pre: { ko: "프리마켓", en: "pre-market" },
  regular: { ko: "정규장", en: "regular session" },
  after: { ko: "애프터마켓", en: "after-market" },
  closing: { ko: "시간외종가", en: "closing-price session" },
};

/** Whether a text is one of the sessions. */
function isMarketSession(text: unknown): text is MarketSession {
  return (MARKET_SESSIONS as readonly unknown[]).includes(text);
}

/**
 * The session that a trade belongs to: the one the feed gave (MARKET_CLS_CODE), or where it gave none, or one that is not
 * known here, by the trade's time and venue. The one way to know it, for all readers.
 */
export function marketSessionOf(trade: Pick<Trade, "eventTime" | "venue" | "marketSession">): MarketSession {
  const { marketSession, eventTime, venue } = trade;
  return isMarketSession(marketSession) ? marketSession : marketSessionAt(venue ?? "KRX", eventTime);
}

/** The session by time and venue alone. Before the first session of a day it is that one, after the last one the last. */
export function marketSessionAt(venue: NonNullable<Trade["venue"]>, eventTime: number): MarketSession {
  const starts = marketSessionStarts(venue, seoulDay(eventTime));
  const time = seoulTimeOfDay(eventTime);
  let session = (starts[0] as MarketSessionStart).session;
  for (const start of starts) if (start.fromMs <= time) session = start.session;
  return session;
}

const kept = new Map<string, { readonly day: number; readonly starts: readonly MarketSessionStart[] }>();

/**
 * When the sessions of a venue begin on a day, ascending, the first at midnight.
 *
 * @param venue one that is not known has KRX's.
 * @param day a day in Asia/Seoul, see `seoulDay`.
 */
export function marketSessionStarts(
  venue: NonNullable<Trade["venue"]>,
  day: number,
): readonly MarketSessionStart[] {
  const known = Object.hasOwn(MARKET_SESSION_STARTS, venue) ? venue : "KRX";
  const last = kept.get(known);
  if (last?.day === day) return last.starts;
  const shift = shiftOf(day);
  const starts = MARKET_SESSION_STARTS[known].map(({ session, from, moves }) => ({
    session,
    fromMs: (timeOfHour(from) as number) + (moves === undefined ? 0 : shift[moves]) * 60_000,
  }));
  kept.set(known, { day, starts });
  return starts;
}
