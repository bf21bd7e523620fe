import type { DailyCandle } from "../market/reference.ts";
import { dateOf, DAY_MS, seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import type { Symbol } from "../market/symbol.ts";
import type { SeriesStore } from "../ports/series_store.ts";
import { needOf } from "../rules/measures.ts";
import type { Rule } from "../rules/rule.ts";

/** Days of the calendar in which there are so many trading days as measures read. */
const DAYS_BACK = 400;

/** Whether rules read daily candles, or what else is known of a symbol on a day. */
export function readsDays(rules: readonly Pick<Rule, "conditions">[]): boolean {
  return rules.some(({ conditions }) => conditions.some((condition) => needOf(condition) === "reference"));
}

/**
 * The stored daily candles of a symbol before a time that measures may read, ascending.
 *
 * @param span.from epoch ms: the first time at which they may be read. @param span.until epoch ms, exclusive.
 */
export async function storedDays(
  series: Pick<SeriesStore, "candles">,
  symbol: Symbol,
  span: { readonly from: number; readonly until: number },
): Promise<readonly DailyCandle[]> {
  const from = startOfSeoulDay(seoulDay(span.from) - DAYS_BACK);
  const limit = DAYS_BACK + Math.ceil((span.until - span.from) / DAY_MS) + 1;
  const candles = await series.candles({ symbol, interval: "1d", from, to: span.until, limit });
  return candles.map(({ start, open, high, low, close, volume }) => ({
    date: dateOf(start),
    open,
    high,
    low,
    close,
    volume,
  }));
}
