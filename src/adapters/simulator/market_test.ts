import { expect } from "expect";
import assert from "node:assert/strict";
import { VirtualClock } from "../../core/clock.ts";
import { decodeFrame } from "../../market/kis/frame.ts";
import type { StatusEvent } from "../../market/market_event.ts";
import { type PriceLimits, priceLimits } from "../../market/limits.ts";
import type { ListedSymbol } from "../../market/directory.ts";
import { LISTING } from "../../market/listing.ts";
import type { Quote } from "../../market/quote.ts";
import { decodeReference, encodeReference } from "../../market/reference_codec.ts";
import { dateOf, DAY_MS, seoulDay } from "../../market/seoul_time.ts";
import { tickSize } from "../../market/tick_size.ts";
import type { Trade } from "../../market/trade.ts";
import { SimulatedMarket } from "./market.ts";
import { SimulatorSource } from "./simulator_source.ts";

const START = Date.parse("2026-11-23T03:00:00+09:00");
const encoder = new TextEncoder();
const LISTED = new Map(LISTING.map((listed) => [listed.symbol, listed]));

/** Minutes of a market at a rate, every second. */
function run(
  options: { seed: number; seconds: number; rate: number; from?: number; market?: SimulatedMarket },
) {
  const from = options.from ?? START;
  const market = options.market ?? new SimulatedMarket({ listing: LISTING, seed: options.seed, now: from });
  const trades: Trade[] = [];
  const quotes: Quote[] = [];
  const statuses: StatusEvent[] = [];
  const frames: string[] = [];
  for (let second = 0; second < options.seconds; second++) {
    const now = from + second * 1000;
    const made: string[] = [];
    market.frames(options.rate, now, made);
    for (const frame of made) {
      const decoded = decodeFrame(encoder.encode(frame), now);
      assert(decoded.refused.length === 0, "the simulator's frames are read");
      trades.push(...decoded.trades);
      quotes.push(...decoded.quotes);
      statuses.push(...decoded.statuses);
    }
    frames.push(...made);
  }
  return { market, trades, quotes, statuses, frames };
}

const TWENTY_MINUTES = run({ seed: 1, seconds: 1200, rate: 50 });

Deno.test("prices are on the tick grid and within the day's limits", () => {
  for (const trade of TWENTY_MINUTES.trades) {
    const { type, name } = LISTED.get(trade.symbol) as ListedSymbol;
    const day = seoulDay(trade.eventTime);
    assert.equal(trade.price % tickSize({ type, price: trade.price, day }), 0);
    const { lower, upper } = priceLimits({
      kind: type,
      name,
      basePrice: trade.price - trade.change,
      day,
    }) as PriceLimits;
    assert(trade.price >= lower && trade.price <= upper, `${trade.price} is beyond ${lower} to ${upper}`);
    assert.equal(trade.sign === "1", trade.price === upper);
    assert.equal(trade.sign === "4", trade.price === lower);
  }
});

Deno.test("the upper limit is reached within minutes, and real trades are made at it", () => {
  const atLimit = TWENTY_MINUTES.trades.filter((trade) =>
    trade.sign === "1" && trade.session === undefined && trade.halted === "N"
  );
  expect(atLimit.length).toBeGreaterThan(10);
  expect((atLimit[0] as Trade).eventTime - START).toBeLessThan(10 * 60_000);
});

Deno.test("a lower limit is reached too, within twenty minutes", () => {
  expect(TWENTY_MINUTES.trades.some((trade) => trade.sign === "4" && !trade.session)).toBe(true);
});

Deno.test("the cumulative volume grows by each trade's volume, the value by price times volume", () => {
  const volume = new Map<string, number>();
  const value = new Map<string, number>();
  for (const trade of TWENTY_MINUTES.trades) {
    const before = volume.get(trade.symbol) ?? 0;
    if (trade.session !== undefined || trade.halted === "Y") {
      assert.equal(trade.accVolume, before);
      continue;
    }
    assert.equal(trade.accVolume, before + trade.volume);
    assert.equal(trade.accValue, (value.get(trade.symbol) ?? 0) + trade.volume * trade.price);
    assert(trade.low <= trade.price && trade.price <= trade.high);
    volume.set(trade.symbol, trade.accVolume);
    value.set(trade.symbol, trade.accValue);
  }
});

Deno.test("there are auctions with expected prices, volatility interruptions, one halted symbol, and bursts", () => {
  const { trades, frames } = TWENTY_MINUTES;
  expect(trades.filter((trade) => trade.session === "B").length).toBeGreaterThan(50);
  expect(trades.filter((trade) => trade.session === "C").length).toBeGreaterThan(50);
  expect(new Set(trades.filter((trade) => trade.halted === "Y").map((trade) => trade.symbol)).size).toBe(1);
  expect(frames.some((frame) => frame.startsWith("0|H0STCNT0|004|"))).toBe(true);
  expect(new Set(trades.map((trade) => trade.symbol)).size).toBe(LISTING.length);
});

Deno.test("a volatility interruption takes two minutes and more, and only expected prices come in it", () => {
  const first = TWENTY_MINUTES.trades.find((trade) => trade.session === "C") as Trade;
  const during = TWENTY_MINUTES.trades.filter((trade) =>
    trade.symbol === first.symbol && trade.eventTime >= first.eventTime &&
    trade.eventTime < first.eventTime + 119_000
  );
  const start = during.indexOf(first);
  expect(during.slice(start).every((trade) => trade.session === "C")).toBe(true);
});

Deno.test("halts and the beginning and end of volatility interruptions are sent as status frames", () => {
  const { statuses, trades } = TWENTY_MINUTES;
  expect(statuses.filter((status) => status.halted === "Y").length).toBe(1);
  const interrupted = new Set(trades.filter((trade) => trade.session === "C").map((trade) => trade.symbol));
  expect(new Set(statuses.filter((status) => status.vi === "Y").map((status) => status.symbol))).toEqual(
    interrupted,
  );
  expect(statuses.some((status) => status.vi === "N" && status.halted === "N")).toBe(true);
});

Deno.test("order books are ordered, on ten levels, and one-sided at a limit", () => {
  let full = 0;
  for (const quote of TWENTY_MINUTES.quotes) {
    const asks = quote.asks.map(([price]) => price);
    const bids = quote.bids.map(([price]) => price);
    assert.deepEqual(asks, asks.toSorted((a, b) => a - b));
    assert.deepEqual(bids, bids.toSorted((a, b) => b - a));
    if (asks.length > 0 && bids.length > 0) assert((asks[0] as number) > (bids[0] as number));
    assert.equal(quote.totalAskSize, quote.asks.reduce((sum, [, size]) => sum + size, 0));
    if (asks.length === 10 && bids.length === 10) full++;
  }
  expect(full).toBeGreaterThan(TWENTY_MINUTES.quotes.length * 0.8);
  expect(TWENTY_MINUTES.quotes.some((quote) => quote.asks.length === 0)).toBe(true);
});

Deno.test("the same seed and times give the same market, another seed another", () => {
  const again = run({ seed: 1, seconds: 60, rate: 50 });
  expect(again.frames).toEqual(TWENTY_MINUTES.frames.slice(0, again.frames.length));
  expect(run({ seed: 2, seconds: 60, rate: 50 }).frames).not.toEqual(again.frames);
});

Deno.test("after a restart prices and volumes go on from the last trades", () => {
  const last = new Map(
    TWENTY_MINUTES.trades.filter((trade) => !trade.session).map((trade) => [trade.symbol, trade]),
  );
  const from = START + 1_300_000;
  const market = new SimulatedMarket({ listing: LISTING, seed: 1, now: from, last });
  const { trades } = run({ seed: 1, seconds: 60, rate: 50, from, market });
  const first = trades.find((trade) => !trade.session && trade.halted === "N") as Trade;
  const before = last.get(first.symbol) as Trade;
  expect(first.accVolume).toBe(before.accVolume + first.volume);
  expect(first.price - first.change).toBe(before.price - before.change);
  expect(first.open).toBe(before.open);
});

Deno.test("a new day in Seoul begins with an opening auction at yesterday's close", () => {
  const from = Date.parse("2026-11-23T23:59:50+09:00");
  const { trades } = run({ seed: 3, seconds: 60, rate: 200, from });
  const symbol = "005930";
  const old = trades.filter((trade) =>
    trade.symbol === symbol && dateOf(trade.eventTime) === "20261123" && !trade.session
  );
  const fresh = trades.filter((trade) => trade.symbol === symbol && dateOf(trade.eventTime) === "20261124");
  expect(fresh[0]?.session).toBe("B");
  const close = (old[old.length - 1] as Trade).price;
  expect((fresh[0] as Trade).price - (fresh[0] as Trade).change).toBe(close);
  const opening = fresh.find((trade) => !trade.session) as Trade;
  expect(opening.accVolume).toBe(opening.volume);
});

Deno.test("the source keeps the rate of the clock it is given, and waits while it is not read from", async () => {
  const clock = new VirtualClock(START);
  const source = new SimulatorSource({ listing: LISTING, seed: 1, rate: 50, clock });
  const stop = new AbortController();
  let trades = 0;
  const reading = (async () => {
    for await (const events of source.events(stop.signal)) {
      for (const event of events) {
        if (event.type === "frame") trades += decodeFrame(event.bytes, START).trades.length;
      }
    }
  })();
  await clock.advance(2_000);
  expect(trades).toBeGreaterThanOrEqual(95);
  expect(trades).toBeLessThanOrEqual(105);
  expect(source.status().state).toBe("open");
  stop.abort();
  await reading;
  expect(source.status().state).toBe("ended");
});

Deno.test("what is known of each symbol comes once a day, before it trades: limits, and a past that leads to the base price", () => {
  const market = new SimulatedMarket({ listing: LISTING, seed: 1, now: START });
  const known = market.references(START);
  expect(known.map(({ symbol }) => symbol)).toEqual(LISTING.map(({ symbol }) => symbol));
  for (const reference of known) {
    const { basePrice, candles, date, upperLimit, lowerLimit, high52w, low52w } = reference;
    expect(candles.at(-1)).toMatchObject({ close: basePrice });
    expect(candles.length).toBeGreaterThanOrEqual(60);
    for (const [index, { open, high, low, close }] of candles.entries()) {
      expect([high, low]).toEqual([Math.max(open, high, low, close), Math.min(open, high, low, close)]);
      expect(low).toBeGreaterThan(0);
      expect(candles[index]!.date < (candles[index + 1]?.date ?? date)).toBe(true);
    }
    expect(high52w!.price).toBeGreaterThanOrEqual(Math.max(...candles.map(({ high }) => high)));
    expect(low52w!.price).toBeLessThanOrEqual(Math.min(...candles.map(({ low }) => low)));
    expect(upperLimit!).toBeGreaterThan(basePrice!);
    expect(lowerLimit!).toBeLessThan(basePrice!);
    expect(decodeReference(encoder.encode(encodeReference(reference)))).toEqual(reference);
  }
  expect(market.references(START + 1000)).toEqual([]);
  market.frames(2_000, START + 1000, []);
  const next = market.references(START + DAY_MS);
  expect(next.map(({ date }) => date)).toEqual(known.map(() => dateOf(START + DAY_MS)));
});
