import { expect } from "expect";
import type { Quote } from "../../src/market/quote.ts";
import type { Trade } from "../../src/market/trade.ts";
import { candleStart } from "../../src/ports/series_points.ts";
import type { SeriesStore } from "../../src/ports/series_store.ts";

/** A store to be tested, empty. */
export interface SeriesStoreUnderTest {
  readonly store: SeriesStore;
  /** Waits until candles follow from what was written, where a store makes them later. */
  flush(): Promise<void>;
  /** Closes the store and takes away what was made for it. */
  dispose(): Promise<void>;
}

/** What the suite is run with. */
export interface SeriesStoreContract {
  readonly name: string;
  open(): Promise<SeriesStoreUnderTest>;
  /** `Deno.test`, or a partTest of the part it needs. */
  register(name: string, body: () => Promise<void>): void;
}

/** 2025-11-26 09:00:00 in Seoul: the opening of a trading day. */
export const OPENING = 1764115200000;
const MINUTE = 60_000;
const ALL = { from: 0, to: 4_000_000_000_000, limit: 10_000 };

/** A trade of the suite; what is given replaces what is sensible. */
export function tradeOf(given: Partial<Trade> = {}): Trade {
  return {
    symbol: "005930",
    eventTime: OPENING,
    price: 53200,
    sign: "5",
    change: -300,
    rate: -0.56,
    open: 53500,
    high: 53600,
    low: 53100,
    volume: 12,
    accVolume: 1234567,
    accValue: 65678900000,
    ask: 53300,
    bid: 53200,
    halted: "N",
    ...given,
  };
}

/** A quote of the suite: ten levels each way. */
export function quoteOf(given: Partial<Quote> = {}): Quote {
  return {
    symbol: "005930",
    eventTime: OPENING,
    asks: Array.from({ length: 10 }, (_, level) => [53300 + level * 100, 10 + level] as const),
    bids: Array.from({ length: 10 }, (_, level) => [53200 - level * 100, 20 + level] as const),
    totalAskSize: 145,
    totalBidSize: 245,
    ...given,
  };
}

/** Every promise of the SeriesStore port, for one adapter. */
export function seriesStoreContract({ name, open, register }: SeriesStoreContract): void {
  const promise = (what: string, body: (under: SeriesStoreUnderTest) => Promise<void>) =>
    register(`${name}: ${what}`, async () => {
      const under = await open();
      try {
        await body(under);
      } finally {
        await under.dispose();
      }
    });

  promise("a trade is read back as it was written, its optional fields too", async ({ store }) => {
    const trade = tradeOf({ side: "1", strength: 99.5, viBase: 53000, turnover: 0.12, session: "A" });
    expect(await store.write({ trades: [trade], quotes: [] })).toEqual([]);
    expect(await store.trades({ symbol: "005930", ...ALL })).toEqual([trade]);
  });

  promise("a quote is read back as it was written, ten levels each way", async ({ store }) => {
    const quote = quoteOf({ expectedPrice: 53250, expectedVolume: 1000 });
    expect(await store.write({ trades: [], quotes: [quote] })).toEqual([]);
    expect(await store.quotes({ symbol: "005930", ...ALL })).toEqual([quote]);
    expect(await store.lastQuote("005930")).toEqual(quote);
    expect(await store.lastQuote("000660")).toBeUndefined();
  });

  promise("trades within one second stay apart, by their milliseconds", async ({ store }) => {
    const trades = [0, 1, 2, 3].map((ms) => tradeOf({ eventTime: OPENING + ms, price: 53200 + ms * 100 }));
    await store.write({ trades, quotes: [] });
    expect(await store.trades({ symbol: "005930", ...ALL })).toEqual(trades);
  });

  promise("symbols with leading zeros, letters and Q stay apart", async ({ store }) => {
    const symbols = ["005930", "0001A0", "Q500001"];
    await store.write({ trades: symbols.map((symbol) => tradeOf({ symbol })), quotes: [] });
    for (const symbol of symbols) {
      const found = await store.trades({ symbol, ...ALL });
      expect(found.map((trade) => trade.symbol)).toEqual([symbol]);
    }
    expect([...(await store.lastTrades()).keys()].sort()).toEqual([...symbols].sort());
  });

  promise(
    "a query is from inclusive, to exclusive, the newest up to its limit, ascending",
    async ({ store }) => {
      const trades = Array.from({ length: 10 }, (_, i) => tradeOf({ eventTime: OPENING + i * 1000 }));
      await store.write({ trades: trades.toReversed(), quotes: [] });
      const within = await store.trades({
        symbol: "005930",
        from: OPENING + 2000,
        to: OPENING + 8000,
        limit: 100,
      });
      expect(within).toEqual(trades.slice(2, 8));
      const newest = await store.trades({ symbol: "005930", ...ALL, limit: 3 });
      expect(newest).toEqual(trades.slice(7));
      expect(await store.trades({ symbol: "000660", ...ALL })).toEqual([]);
    },
  );

  promise(
    "the last trade of a symbol is the newest by event time, in whatever order they came",
    async ({ store }) => {
      const late = tradeOf({ eventTime: OPENING + 5000, price: 54000 });
      await store.write({ trades: [late, tradeOf({ symbol: "000660", price: 200000 })], quotes: [] });
      await store.write({ trades: [tradeOf({ eventTime: OPENING + 1000, price: 53000 })], quotes: [] });
      const last = await store.lastTrades();
      expect(last.get("005930")).toEqual(late);
      expect(last.size).toBe(2);
      const named = await store.lastTrades(["000660", "068270"]);
      expect([...named.keys()]).toEqual(["000660"]);
    },
  );

  promise("one-minute candles have open, high, low, close and volume", async ({ store, flush }) => {
    const minute = (at: number, price: number, volume: number) =>
      tradeOf({ eventTime: OPENING + at, price, volume });
    await store.write({
      trades: [
        minute(100, 53200, 5),
        minute(20_000, 53500, 1),
        minute(59_999, 53100, 2),
        minute(60_000, 53300, 7),
      ],
      quotes: [],
    });
    await flush();
    const candles = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(candles).toEqual([
      candle("1m", OPENING, [53200, 53500, 53100, 53100, 8]),
      candle("1m", OPENING + MINUTE, [53300, 53300, 53300, 53300, 7]),
    ]);
  });

  promise(
    "a candle is right when its trades come in another order and in several writes",
    async ({ store, flush }) => {
      const minute = (at: number, price: number) => tradeOf({ eventTime: OPENING + at, price, volume: 1 });
      await store.write({ trades: [minute(30_000, 53400), minute(10_000, 53200)], quotes: [] });
      await flush();
      await store.write({ trades: [minute(50_000, 53000), minute(5_000, 53300)], quotes: [] });
      await flush();
      const candles = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
      expect(candles).toEqual([candle("1m", OPENING, [53300, 53400, 53000, 53000, 4])]);
    },
  );

  promise("writing a batch twice changes nothing: not a point, not a candle", async ({ store, flush }) => {
    const batch = {
      trades: [0, 500, 70_000].map((at) => tradeOf({ eventTime: OPENING + at, volume: 3 })),
      quotes: [quoteOf()],
    };
    await store.write(batch);
    await flush();
    const seen = async () => [
      await store.trades({ symbol: "005930", ...ALL }),
      await store.quotes({ symbol: "005930", ...ALL }),
      await store.candles({ symbol: "005930", interval: "1m", ...ALL }),
      await store.candles({ symbol: "005930", interval: "1d", ...ALL }),
    ];
    const before = await seen();
    await store.write(batch);
    await store.write({ trades: batch.trades.slice(0, 2), quotes: [] });
    await flush();
    expect(await seen()).toEqual(before);
  });

  promise(
    "the daily candle is the exchange's own open, high, low, price and volume",
    async ({ store, flush }) => {
      const first = tradeOf({
        eventTime: OPENING + 1000,
        price: 53500,
        open: 53500,
        high: 53500,
        low: 53500,
        accVolume: 10,
      });
      const last = tradeOf({
        eventTime: OPENING + 7_200_000,
        price: 53200,
        open: 53500,
        high: 53900,
        low: 52800,
        volume: 2,
        accVolume: 987654,
      });
      await store.write({ trades: [first, last], quotes: [] });
      await store.write({ trades: [tradeOf({ eventTime: OPENING + 60_000, accVolume: 500 })], quotes: [] });
      await flush();
      const candles = await store.candles({ symbol: "005930", interval: "1d", ...ALL });
      expect(candles).toEqual([
        candle("1d", candleStart("1d", OPENING), [53500, 53900, 52800, 53200, 987654]),
      ]);
    },
  );

  promise("candles of what was written just now are there at once, whole", async ({ store }) => {
    const now = Date.now();
    const trade = (ago: number, over: Partial<Trade>) =>
      tradeOf({ eventTime: now - ago, volume: 3, ...over });
    await store.write({
      trades: [trade(2, { price: 53300 }), trade(1, { price: 53900, high: 53900, accVolume: 99 })],
      quotes: [],
    });
    const candles = (interval: "1m" | "1d") => store.candles({ symbol: "005930", interval, ...ALL });
    const volume = async () => (await candles("1m")).reduce((sum, minute) => sum + minute.volume, 0);
    expect(await volume()).toBe(6);
    expect((await candles("1m")).at(-1)?.close).toBe(53900);
    expect((await candles("1d")).at(-1)).toMatchObject({ high: 53900, close: 53900, volume: 99 });
    await store.write({ trades: [trade(0, { price: 53800, high: 53950, accVolume: 102 })], quotes: [] });
    expect(await volume()).toBe(9);
    expect((await candles("1m")).at(-1)).toMatchObject({ close: 53800 });
    expect((await candles("1d")).at(-1)).toMatchObject({ high: 53950, close: 53800, volume: 102 });
    const before = { symbol: "005930", interval: "1m", from: 0, to: now - 10 * MINUTE, limit: 10 } as const;
    expect(await store.candles(before)).toEqual([]);
  });

  promise(
    "the stream's closed minute is the candle, whatever its trades make before and after",
    async ({ store, flush }) => {
      const minute = Math.floor(OPENING / MINUTE) * MINUTE;
      const closed = {
        symbol: "005930",
        start: minute,
        open: 53000,
        high: 54000,
        low: 52000,
        close: 53900,
        volume: 77,
        value: 4_100_000,
        trades: 9,
        last: [],
      };
      await store.write({
        trades: [tradeOf(), tradeOf({ eventTime: OPENING + 1, venue: "UN" })],
        quotes: [],
      });
      await store.write({ trades: [], quotes: [], candles: [{ ...closed, volume: 70 }] });
      await store.write({
        trades: [tradeOf({ eventTime: OPENING + 2 }), tradeOf({ eventTime: minute + MINUTE })],
        quotes: [],
        candles: [closed],
      });
      await flush();
      expect(await store.candles({ symbol: "005930", interval: "1m", ...ALL })).toEqual([
        candle("1m", minute, [53000, 54000, 52000, 53900, 77]),
        candle("1m", minute + MINUTE, [53200, 53200, 53200, 53200, 12]),
      ]);
    },
  );

  promise(
    "two venues may trade a symbol in the same millisecond: both are kept, and a candle is of one of them",
    async ({ store, flush }) => {
      const krx = tradeOf({ price: 53200, volume: 5, high: 53600, accVolume: 500 });
      const nxt = tradeOf({ venue: "NXT", price: 54000, volume: 7, high: 54100, accVolume: 70 });
      const early = tradeOf({ venue: "NXT", eventTime: OPENING - MINUTE, price: 52000, volume: 2 });
      await store.write({ trades: [krx, early], quotes: [quoteOf()] });
      await store.write({ trades: [nxt], quotes: [quoteOf({ venue: "NXT", totalAskSize: 1 })] });
      await flush();
      const trades = await store.trades({ symbol: "005930", ...ALL });
      expect(trades[0]).toEqual(early);
      expect(trades.slice(1)).toHaveLength(2);
      expect(trades.slice(1)).toEqual(expect.arrayContaining([krx, nxt]));
      expect(await store.quotes({ symbol: "005930", ...ALL })).toHaveLength(2);
      const candles = (interval: "1m" | "1d") => store.candles({ symbol: "005930", interval, ...ALL });
      const before = candle("1m", OPENING - MINUTE, [52000, 52000, 52000, 52000, 2]);
      expect(await candles("1m")).toEqual([before, candle("1m", OPENING, [53200, 53200, 53200, 53200, 5])]);
      const day = candleStart("1d", OPENING);
      expect(await candles("1d")).toEqual([candle("1d", day, [53500, 53600, 53100, 53200, 500])]);
      await store.write({
        trades: [tradeOf({ venue: "UN", price: 53400, volume: 12, high: 54100, accVolume: 570 })],
        quotes: [],
      });
      await flush();
      expect(await candles("1m")).toEqual([before, candle("1m", OPENING, [53400, 53400, 53400, 53400, 12])]);
      expect(await candles("1d")).toEqual([candle("1d", day, [53500, 54100, 53100, 53400, 570])]);
      expect([...(await store.lastTrades()).keys()]).toEqual(["005930"]);
      expect((await store.lastQuote("005930"))?.symbol).toBe("005930");
    },
  );

  promise("a day begins at midnight in Seoul", async ({ store, flush }) => {
    const midnight = candleStart("1d", OPENING);
    expect(new Date(midnight).toISOString()).toBe("2025-11-25T15:00:00.000Z");
    await store.write({
      trades: [
        tradeOf({ eventTime: midnight - 1, accVolume: 1 }),
        tradeOf({ eventTime: midnight, accVolume: 2 }),
      ],
      quotes: [],
    });
    await flush();
    const days = await store.candles({ symbol: "005930", interval: "1d", ...ALL });
    expect(days.map((day) => day.start)).toEqual([midnight - 86_400_000, midnight]);
    expect(days.map((day) => day.volume)).toEqual([1, 2]);
  });

  promise("expected prices of auctions and halted trades make no candles", async ({ store, flush }) => {
    await store.write({
      trades: [
        tradeOf({ eventTime: OPENING + 1, session: "B", price: 99000, volume: 100 }),
        tradeOf({ eventTime: OPENING + 2, halted: "Y", price: 1000 }),
        tradeOf({ eventTime: OPENING + 3, session: "0", price: 53300, volume: 4 }),
      ],
      quotes: [],
    });
    await flush();
    const candles = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(candles).toEqual([candle("1m", OPENING, [53300, 53300, 53300, 53300, 4])]);
    expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(3);
  });

  promise(
    "a point that cannot be stored is answered as refused, and the rest is written",
    async ({ store }) => {
      const refused = await store.write({
        trades: [
          tradeOf(),
          tradeOf({ eventTime: OPENING + 1, price: NaN }),
          tradeOf({ eventTime: -1 }),
          tradeOf({ eventTime: OPENING + 2 }),
        ],
        quotes: [quoteOf(), quoteOf({ eventTime: OPENING + 1, asks: [[Infinity, 1]] })],
      });
      expect(refused.map(({ kind, index }) => `${kind} ${index}`)).toEqual(["trade 1", "trade 2", "quote 1"]);
      for (const point of refused) expect(point.reason.length).toBeGreaterThan(10);
      expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(2);
      expect(await store.quotes({ symbol: "005930", ...ALL })).toHaveLength(1);
    },
  );

  promise("a batch of thousands is written whole", async ({ store }) => {
    const trades = Array.from(
      { length: 3000 },
      (_, i) => tradeOf({ symbol: i % 2 ? "005930" : "000660", eventTime: OPENING + i, volume: 1 }),
    );
    expect(await store.write({ trades, quotes: [] })).toEqual([]);
    expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(1500);
  });

  promise("an empty batch is no work, and health is good", async ({ store }) => {
    expect(await store.write({ trades: [], quotes: [] })).toEqual([]);
    expect(store.health().ok).toBe(true);
  });
}

function candle(interval: "1m" | "1d", start: number, values: readonly number[]) {
  const [open, high, low, close, volume] = values;
  return { symbol: "005930", interval, start, open, high, low, close, volume };
}
