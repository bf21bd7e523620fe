import type { MinuteBar } from "../../market/minute_trades.ts";
import { dateOf, hourOf, seoulDay, startOfSeoulDay, timeOfHour } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { Asking, FeedVenue, Quotations, RestTrade } from "../../ports/quotations.ts";
import type { TradeGap } from "./missed.ts";

/** How often an empty page is asked for again: KIS gives some that are none. */
const MAX_EMPTY = 3;
/** Pages of minutes, of 30: a day has 720. */
const MAX_MINUTE_PAGES = 25;
const MINUTE_MS = 60_000;

/** What was found of a gap. */
export interface FoundTrades {
  readonly rows: readonly RestTrade[];
  /** Why it ended before all was found; "" when all was that is of use. */
  readonly reason: string;
  /** Whether there is more further back, which the number of pages did not reach. */
  readonly more: boolean;
}

/** REST's trades of a gap, in pages back from the trade after it to the one before it. */
export async function findTrades(
  quotations: Quotations,
  gap: TradeGap,
  { asking, pages }: { readonly asking: Asking; readonly pages: number },
): Promise<FoundTrades> {
  const { symbol, next, after, upTo, notBefore } = gap;
  const venue: FeedVenue = next.venue ?? "KRX";
  const rows = new Map<number, RestTrade>();
  const found = (reason: string, more = false) => ({ rows: [...rows.values()], reason, more });
  let hour = hourOf(next.eventTime);
  let empty = 0;
  for (let page = 0; page < pages; page++) {
    const trades = await quotations.tradesUntil(symbol, venue, hour, asking);
    const oldest = trades[0];
    if (oldest === undefined) {
      if (++empty > MAX_EMPTY) return found("KIS has no more of it");
      continue;
    }
    // Of a long gap some page is empty now and then.
    empty = 0;
    for (const row of trades) {
      if (row.accVolume > after && row.accVolume <= upTo) rows.set(row.accVolume, row);
    }
    if (oldest.accVolume - oldest.volume <= after) return found("");
    const back = stepBack(hour, oldest.hour);
    if (back === undefined || timeOf(next, back) < notBefore) return found("");
    hour = back;
  }
  return found(`before ${hour} only its minutes are known`, true);
}

/** The whole minutes between the trade before a gap and the first that REST had of it, oldest first. */
export async function findMinutes(
  quotations: Quotations,
  gap: TradeGap,
  { asking, first }: { readonly asking: Asking; readonly first: Trade | undefined },
): Promise<readonly MinuteBar[]> {
  const { next, before, notBefore } = gap;
  const from = Math.max(before?.eventTime ?? 0, notBefore);
  const to = first?.eventTime ?? next.eventTime;
  const minutes = await minutesBetween(quotations, gap, { asking, from, to });
  return minutes.filter((minute) => {
    const start = timeOf(next, minute.hour);
    return start > from && start + MINUTE_MS <= to;
  });
}

/**
 * The minutes in which REST's trades of a gap leave shares out, each with the trade before the first hole in it. The newest
 * may be forming still.
 *
 * @param trades what REST had of the gap, oldest first.
 */
export async function findHoles(
  quotations: Quotations,
  gap: TradeGap,
  { asking, trades }: { readonly asking: Asking; readonly trades: readonly Trade[] },
): Promise<readonly HoleMinute[]> {
  const { next } = gap;
  const holes = holesOf(gap, trades);
  const [first, last] = [holes[0], holes.at(-1)];
  if (first === undefined || last === undefined) return [];
  const minutes = await minutesBetween(quotations, gap, {
    asking,
    from: first.after.eventTime,
    to: last.until,
  });
  return minutes.flatMap((bar) => {
    const start = timeOf(next, bar.hour);
    const hole = holes.find(({ after, until }) => after.eventTime < start + MINUTE_MS && until >= start);
    return hole === undefined ? [] : [{ bar, after: hole.after, start }];
  });
}

/** A minute in which some trades of a gap are not known. */
export interface HoleMinute {
  readonly bar: MinuteBar;
  /** The last trade that is known before. */
  readonly after: Trade;
  /** When the minute begins, epoch ms. */
  readonly start: number;
}

/** Shares that no trade is known of. */
interface Hole {
  readonly after: Trade;
  /** The time of the trade behind it, epoch ms. */
  readonly until: number;
}

function holesOf({ before, next }: TradeGap, trades: readonly Trade[]): readonly Hole[] {
  const holes: Hole[] = [];
  let after = before;
  for (const trade of [...trades, next]) {
    const isHole = after !== undefined && trade.accVolume - trade.volume > after.accVolume;
    if (isHole) holes.push({ after: after as Trade, until: trade.eventTime });
    after = trade;
  }
  return holes;
}

/** The minutes between two times of a gap's day, epoch ms, those of both included; oldest first. */
async function minutesBetween(
  quotations: Quotations,
  { symbol, next }: TradeGap,
  { asking, from, to }: { readonly asking: Asking; readonly from: number; readonly to: number },
): Promise<MinuteBar[]> {
  const venue: FeedVenue = next.venue ?? "KRX";
  const date = dateOf(next.eventTime);
  const found = new Map<string, MinuteBar>();
  let hour = hourOf(to);
  for (let page = 0; page < MAX_MINUTE_PAGES; page++) {
    const minutes = await quotations.todaysMinutes(symbol, { date, hour, venue }, asking);
    const oldest = minutes[0];
    if (oldest === undefined || found.has(oldest.hour)) break;
    for (const minute of minutes) found.set(minute.hour, minute);
    if (timeOf(next, oldest.hour) <= from) break;
    hour = hourOf(timeOf(next, oldest.hour) - MINUTE_MS);
  }
  return [...found.values()].sort((a, b) => a.hour < b.hour ? -1 : 1);
}

/**
 * Where the next page ends. It begins anew with the second of the oldest row, of which there may be more; where a page
 * has nothing else, the second before it, because there is no way to ask for the rest of that one.
 */
function stepBack(asked: string, oldest: string): string | undefined {
  if (oldest < asked) return oldest;
  const before = (timeOfHour(asked) as number) - 1_000;
  return before < 0 ? undefined : hourOf(startOfSeoulDay(0) + before);
}

function timeOf(next: Trade, hour: string): number {
  return startOfSeoulDay(seoulDay(next.eventTime)) + (timeOfHour(hour) as number);
}
