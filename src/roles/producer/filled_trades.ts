import { seoulDay, startOfSeoulDay, timeOfHour } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { RestTrade } from "../../ports/quotations.ts";
import type { TradeGap } from "./missed.ts";

/**
 * The trades of a gap in the form of the topic, oldest first, marked as filled. Times are whole seconds.
 *
 * REST gives neither the day's open, high and low nor its value so far: open is the day's, high and low are as far as the
 * prices up to then are known, the value is reckoned back from the trade after the gap (exact where no trade is missing
 * between the two).
 */
export function filledTrades(gap: TradeGap, rows: readonly RestTrade[]): readonly Trade[] {
  const { next, before } = gap;
  const day = startOfSeoulDay(seoulDay(next.eventTime));
  const within = rows
    .filter(({ hour }) => day + (timeOfHour(hour) as number) >= gap.notBefore - (gap.notBefore % 1_000))
    .sort((a, b) => a.accVolume - b.accVolume);
  const values = accumulatedValues(next, within);
  let high = before === undefined ? 0 : Math.max(before.high, before.price);
  let low = before === undefined ? Infinity : Math.min(before.low || before.price, before.price);
  return within.map((row, index): Trade => {
    high = Math.max(high, row.price);
    low = Math.min(low, row.price);
    return {
      symbol: gap.symbol,
      eventTime: day + (timeOfHour(row.hour) as number),
      price: row.price,
      sign: row.sign,
      change: row.change,
      rate: row.rate,
      open: next.open,
      high,
      low,
      volume: row.volume,
      accVolume: row.accVolume,
      accValue: values[index] as number,
      ask: row.ask,
      bid: row.bid,
      halted: "N",
      ...(next.venue === undefined ? {} : { venue: next.venue }),
      origin: "filled",
      ...(row.strength === undefined ? {} : { strength: row.strength }),
    };
  });
}

/** Won of the day at each row, back from the trade after them; shares between two rows at the later one's price. */
function accumulatedValues(next: Trade, rows: readonly RestTrade[]): number[] {
  const values: number[] = [];
  let value = next.accValue - next.price * next.volume;
  let from = next.accVolume - next.volume;
  let price = next.price;
  for (const row of rows.toReversed()) {
    value = Math.max(0, value - (from - row.accVolume) * price);
    values.unshift(value);
    value -= row.price * row.volume;
    from = row.accVolume - row.volume;
    price = row.price;
  }
  return values;
}
