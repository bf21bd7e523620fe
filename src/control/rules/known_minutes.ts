import { lookBackFrom } from "../../market/look_back.ts";
import { MINUTE_MS } from "../../market/minute_sum.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import type { Candle, SeriesStore } from "../../ports/series_store.ts";
import { lookBackOf } from "../../rules/measures.ts";
import type { Minutes } from "../../rules/measures/minutes.ts";
import type { Rule } from "../../rules/rule.ts";

/** Minutes of the most days that any measure reads, of two venues. */
const MOST_CANDLES = 20_000;

/**
 * The stored candles of a minute that a rule's measures read before a time, ascending; none for a rule that reads none.
 *
 * @param until epoch ms, exclusive.
 */
export async function candlesRead(
  series: SeriesStore,
  { rule, symbol, until }: { rule: Pick<Rule, "conditions">; symbol: Symbol; until: number },
): Promise<readonly Candle[]> {
  const lookBack = lookBackOf(rule.conditions);
  if (lookBack === undefined) return [];
  const from = startOfSeoulDay(lookBackFrom(seoulDay(until), lookBack));
  return await series.candles({ symbol, interval: "1m", from, to: until, limit: MOST_CANDLES });
}

/** The minutes that a symbol's last trade, which is in them, finds; undefined for a rule whose measures read none. */
export async function minutesOf(
  series: SeriesStore,
  { rule, trade }: { rule: Pick<Rule, "conditions">; trade: Trade },
): Promise<Minutes | undefined> {
  if (lookBackOf(rule.conditions) === undefined) return undefined;
  const now = Math.floor(trade.eventTime / MINUTE_MS);
  const until = (now + 1) * MINUTE_MS;
  const candles = await candlesRead(series, { rule, symbol: trade.symbol, until });
  const sums = candles.map(({ start, high, low, close, volume }) => (
    { minute: start / MINUTE_MS, high, low, close, volume }
  ));
  return { now, sums };
}
