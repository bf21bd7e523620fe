import type { ChartBar } from "../../market/chart_interval.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";

/** Trades or candles of one answer of the API. */
const PAGE = 5_000;
/** The most trades that are loaded: a day of a busy symbol. */
export const MOST_TRADES = 60_000;

/** The newest trades before a time, epoch ms, ascending; at most `limit`. */
export type FetchTrades = (
  query: { readonly to: number; readonly limit: number },
) => Promise<readonly Trade[]>;

/** The newest candles of a minute of a span, epoch ms, ascending; at most `limit`. */
export type FetchCandles = (
  query: { readonly from: number; readonly to: number; readonly limit: number },
) => Promise<readonly ChartBar[]>;

/** The minutes of a span, ascending, page by page back from its end. */
export async function loadCandles(
  fetchPage: FetchCandles,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly ChartBar[]> {
  let loaded: readonly ChartBar[] = [];
  for (let before = to; before > from;) {
    const page = await fetchPage({ from, to: before, limit: PAGE });
    loaded = [...page, ...loaded];
    if (page.length < PAGE) break;
    before = page[0]!.start;
  }
  return loaded;
}

/** The trades of a symbol's last day in Seoul, ascending, page by page back from a time. */
export async function loadTrades(fetchPage: FetchTrades, to: number): Promise<readonly Trade[]> {
  let loaded: readonly Trade[] = [];
  for (let before = to; loaded.length < MOST_TRADES;) {
    const page = await fetchPage({ to: before, limit: PAGE });
    const newest = (loaded.at(-1) ?? page.at(-1))?.eventTime ?? to;
    const ofDay = page.filter(({ eventTime }) => eventTime >= startOfSeoulDay(seoulDay(newest)));
    if (ofDay.length < PAGE) return [...ofDay, ...loaded];
    // Trades of the page's first millisecond may have been cut off: they come whole with the next.
    const first = page[0]!.eventTime;
    const whole = page.filter(({ eventTime }) => eventTime > first);
    if (whole.length === 0) return loaded;
    loaded = [...whole, ...loaded];
    before = first + 1;
  }
  return loaded;
}
