import { againstClose, type DayRanges } from "../../market/day_range.ts";
import type { Trade } from "../../market/trade.ts";
import type { RestPrice } from "../../ports/quotations.ts";
import type { PolledEvent } from "./events.ts";

/**
 * How a symbol stands, as trades of the topic, marked as polled: the price, and before it the day's high and low where
 * they went on since the last price, because they were traded meanwhile. Times are those of the answer; of volumes only the
 * day's so far is known.
 *
 * @returns nothing where nothing was traded since. The first price of a day says nothing of high and low: they may be older
 * than any rule.
 */
export function polledTrades(price: RestPrice, event: PolledEvent, ranges: DayRanges): readonly Trade[] {
  const { at, venue: feed } = event;
  const venue = feed === "KRX" ? {} : { venue: feed };
  const seen = ranges.of({ symbol: price.symbol, ...venue }, at);
  if (seen?.last?.accVolume === price.accVolume && seen.last.price === price.price) return [];
  const close = price.price - price.change;
  const reached = (reachedPrice: number) => ({
    ...tradeOf(price, at, venue),
    price: reachedPrice,
    ...againstClose(reachedPrice, close),
  });
  const trades: Trade[] = [];
  if (seen !== undefined && price.low < Math.min(seen.low, price.price)) trades.push(reached(price.low));
  if (seen !== undefined && price.high > Math.max(seen.high, price.price)) trades.push(reached(price.high));
  return [...trades, tradeOf(price, at, venue)];
}

function tradeOf(price: RestPrice, at: number, venue: { readonly venue?: "NXT" | "UN" }): Trade {
  const { symbol, sign, change, rate, open, high, low, accVolume, accValue, ask, bid } = price;
  return {
    symbol,
    eventTime: at,
    price: price.price,
    sign,
    change,
    rate,
    open,
    high,
    low,
    volume: 0,
    accVolume,
    accValue,
    ask,
    bid,
    halted: "N",
    ...venue,
    origin: "polled",
  };
}
