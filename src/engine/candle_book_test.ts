import { expect } from "expect";
import fc from "fast-check";
import { candlesOf } from "../../tests/support/candles.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { checkProperty } from "../../tests/support/property.ts";
import { recordOf } from "../../tests/support/trade_batches.ts";
import { TRADE_TIME as T0, tradeOf } from "../../tests/support/trades.ts";
import { unpack } from "../core/record_pack.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import { decodeCandle, encodeCandle } from "../market/minute_candle_codec.ts";
import type { Trade } from "../market/trade.ts";
import { Engine } from "./engine.ts";
import { frameRecords } from "./frame_records.ts";

const MINUTE = 60_000;

function candleEngine(module: WebAssembly.Module, graceMs = 3_600_000): Engine {
  return new Engine(module, { graceMs, keepTrades: true, candles: true });
}

function evaluate(engine: Engine, trades: readonly Trade[], from = 0) {
  const records = trades.map((trade, each) => recordOf(trade, from + each));
  return engine.evaluate({ framing: "records", bytes: frameRecords(records), fromOffset: from }).candles ??
    [];
}

/** The candles of trades as anybody would make them: those of minutes that are over. */
function plainCandles(trades: readonly Trade[]): Map<string, MinuteCandle> {
  const candles = new Map<string, MinuteCandle>();
  let newest = 0;
  for (const { symbol, eventTime, price, volume } of trades) {
    const start = Math.floor(eventTime / MINUTE) * MINUTE;
    const key = `${symbol}@${start}`;
    const before = candles.get(key);
    candles.set(key, {
      symbol,
      start,
      open: before?.open ?? price,
      high: Math.max(before?.high ?? price, price),
      low: Math.min(before?.low ?? price, price),
      // One that comes late changes no close: nobody knows whether it was before.
      close: before !== undefined && start < newest ? before.close : price,
      volume: Math.min((before?.volume ?? 0) + volume, Number.MAX_SAFE_INTEGER),
      value: Math.min((before?.value ?? 0) + price * volume, Number.MAX_SAFE_INTEGER),
      trades: (before?.trades ?? 0) + 1,
      last: [],
    });
    newest = Math.max(newest, start);
  }
  for (const [key, { start }] of candles) if (start === newest) candles.delete(key);
  return candles;
}

const trades = fc.array(
  fc.record({
    symbol: fc.constantFrom("005930", "000660", "Q500001", "0001A0"),
    jump: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: -1_800_000, max: 600_000 }) },
    ),
    price: fc.oneof(fc.integer({ min: 1, max: 99_999_999 }), fc.constantFrom(9, 10, 99_999, 2_000_000_000)),
    volume: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(99_999_999, 100_000_000)),
  }),
  { maxLength: 60, size: "max" },
).map((steps) => {
  let now = T0;
  return steps.map(({ symbol, jump, price, volume }) => {
    const eventTime = now + jump;
    now = Math.max(now, eventTime);
    return tradeOf({ symbol, eventTime, price, volume });
  });
});

Deno.test("the module's candles are those of the trades, written as the codec writes them, whatever the batches", async () => {
  const module = await engineModule();
  checkProperty(
    fc.property(trades, fc.integer({ min: 1, max: 20 }), (given, size) => {
      const engine = candleEngine(module);
      const texts = new Map<string, string>();
      for (let from = 0; from < given.length; from += size) {
        const packs = evaluate(engine, given.slice(from, from + size), from);
        for (const { key, value, timestamp } of packs.flatMap(unpack)) {
          const text = new TextDecoder().decode(value ?? undefined);
          const candle = decodeCandle(value as Uint8Array);
          expect([candle.symbol, candle.start]).toEqual([key, timestamp]);
          expect(text).toBe(encodeCandle(candle));
          texts.set(`${key}@${timestamp}`, encodeCandle({ ...candle, last: [] }));
        }
      }
      const wanted = [...plainCandles(given)].map(([key, candle]) => [key, encodeCandle(candle)]);
      expect([...texts].sort()).toEqual(wanted.sort());
    }),
    200,
  );
});

Deno.test("a candle has the last trade of each session that none has yet, with what measures need", async () => {
  const engine = candleEngine(await engineModule());
  const long = {
    strength: 101.5,
    weightedAverage: 70_000.25,
    note: "x".repeat(400),
    origin: "polled" as const,
  };
  const [candle] = candlesOf(evaluate(engine, [
    tradeOf({ price: 10, marketSession: "pre" }),
    tradeOf({ price: 30, marketSession: "pre" }),
    tradeOf({ price: 20, eventTime: T0 + 1, marketSession: "regular", ...long }),
    tradeOf({ price: 25, eventTime: T0 + MINUTE, marketSession: "regular" }),
  ]));
  const later = candlesOf(evaluate(engine, [tradeOf({ eventTime: T0 + 2 * MINUTE })], 4));
  expect(candle?.last.map(({ trade, high, low }) => [trade.price, trade.marketSession, high, low])).toEqual([
    [30, "pre", 10, 10],
    [20, "regular", 30, 10],
  ]);
  const { note, weightedAverage, strength, origin } = candle?.last[1]?.trade as Trade;
  expect([note, weightedAverage, strength, origin]).toEqual([undefined, undefined, 101.5, "polled"]);
  expect(later[0]?.last.map(({ trade }) => trade.price)).toEqual([25]);
});

Deno.test("sums of what no market trades stay whole numbers, and many candles come in several packs", async () => {
  const engine = candleEngine(await engineModule());
  const volume = Number.MAX_SAFE_INTEGER;
  const many = Array.from(
    { length: 1_500 },
    (_, each) => tradeOf({ symbol: String(100_000 + each), volume }),
  );
  const packs = evaluate(engine, [...many, ...many, tradeOf({ eventTime: T0 + MINUTE })]);
  expect(packs.length).toBeGreaterThan(1);
  expect(Math.max(...packs.map(({ bytes }) => bytes.length))).toBeLessThan(300_000);
  const candles = candlesOf(packs);
  expect(candles.length).toBe(1_500);
  expect(candles.every((candle) => candle.volume === volume && candle.value === volume)).toBe(true);
});

Deno.test("a trade that was filled in comes to its minute's candle however late, and to none of yesterday's", async () => {
  const engine = candleEngine(await engineModule(), MINUTE);
  const hours = 3 * 3_600_000;
  evaluate(engine, [tradeOf({ price: 10 }), tradeOf({ price: 11, eventTime: T0 + hours })]);
  const filled = tradeOf({ price: 12, eventTime: T0 + 1, origin: "filled" });
  const [candle] = candlesOf(evaluate(engine, [filled], 2));
  expect([candle?.high, candle?.trades]).toEqual([12, 2]);
  const yesterday = tradeOf({ eventTime: T0 - 24 * 3_600_000, origin: "filled" });
  expect(candlesOf(evaluate(engine, [yesterday], 3))).toEqual([]);
});
