import { setImmediate } from "node:timers/promises";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import type { SeriesStore } from "../../ports/series_store.ts";

/** Trades that are read at once: some milliseconds of work, after which others have their turn. */
const PAGE = 2_000;
/** How long the first span is, ms; the next are as long as a page lets them be. */
const FIRST_SPAN_MS = 1_800_000;

/**
 * A symbol's recorded trades in `[from, to)`, ascending by time, a part of the span at a time: a day of a busy symbol is
 * hundreds of thousands, which read at once would fill the memory and delay the streams of the same process.
 *
 * @param page how many trades a part has at most, save those of one millisecond.
 */
export async function* recordedTrades(
  series: Pick<SeriesStore, "trades">,
  { symbol, from, to, page = PAGE }: { symbol: Symbol; from: number; to: number; page?: number },
): AsyncIterable<readonly Trade[]> {
  let span = FIRST_SPAN_MS;
  for (let start = from; start < to;) {
    const end = Math.min(to, start + span);
    const trades = await series.trades({ symbol, from: start, to: end, limit: page + 1 });
    if (trades.length > page && end - start > 1) {
      // The newest came, and not all: how close together they are says how long a part may be.
      const density = page / Math.max(1, trades.at(-1)!.eventTime - trades[0]!.eventTime);
      span = Math.max(1, Math.min(Math.floor((end - start) / 2), Math.floor(0.8 * page / density)));
      continue;
    }
    if (trades.length > 0) yield trades;
    await setImmediate();
    start = end;
    if (trades.length < page / 2) span *= 2;
  }
}
