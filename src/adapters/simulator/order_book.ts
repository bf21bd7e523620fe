import type { Random } from "../../core/backoff.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import { priceAbove, priceBelow } from "../../market/tick_size.ts";
import type { Level, Quote } from "../../market/quote.ts";
import type { Instrument } from "./instrument.ts";

const LEVELS = 10;

/** An order book of ten levels around the last price, within the day's limits: one-sided at a limit. */
export function orderBook(instrument: Instrument, now: number, random: Random): Quote {
  const { listed, limits, price } = instrument;
  const { ask, bid } = instrument.best();
  const at = (level: number) => ({ type: listed.type, price: level, day: seoulDay(now) });
  const side = (first: number, next: (level: number) => number, inside: (level: number) => boolean) => {
    const levels: Level[] = [];
    for (let level = first; levels.length < LEVELS && level > 0 && inside(level); level = next(level)) {
      levels.push([level, Math.max(1, Math.round((random() * 60_000_000) / price))]);
    }
    return levels;
  };
  const asks = side(ask, (level) => priceAbove(at(level)), (level) => level <= limits.upper);
  const bids = side(bid, (level) => priceBelow(at(level)), (level) => level >= limits.lower);
  const total = (levels: readonly Level[]) => levels.reduce((sum, [, size]) => sum + size, 0);
  const auction = instrument.inAuction;
  return {
    symbol: listed.symbol,
    eventTime: now - (now % 1000),
    asks,
    bids,
    totalAskSize: total(asks),
    totalBidSize: total(bids),
    ...(auction === undefined
      ? {}
      : { session: auction.code, expectedPrice: auction.price, expectedVolume: auction.volume }),
    accVolume: instrument.accVolume,
  };
}
