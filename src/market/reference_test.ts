import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { candlesOf, type DailyCandle, highOf, isOfMarket, lowOf, type SymbolReference } from "./reference.ts";
import { decodeReference, encodeReference } from "./reference_codec.ts";
import { dateOfDay, dayOfDate } from "./seoul_time.ts";

const LAST = dayOfDate("20261127") as number;

/** One candle a day before 2026-11-30, the oldest first: highs 101, 102, …, lows 51, 52, … */
function candles(count: number): DailyCandle[] {
  return Array.from({ length: count }, (_, index) => ({
    date: dateOfDay(LAST - (count - 1 - index)),
    open: 90 + index,
    high: 101 + index,
    low: 51 + index,
    close: 95 + index,
    volume: 1_000 + index,
  }));
}

function reference(part: Partial<SymbolReference> = {}): SymbolReference {
  return referenceOf("005930", {
    name: "삼성전자",
    nxt: true,
    listedOn: "19750611",
    upperLimit: 93_400,
    lowerLimit: 50_400,
    high52w: { price: 88_800, date: "20260711" },
    low52w: { price: 49_900, date: "20261130" },
    candles: candles(60),
    ...part,
  });
}

Deno.test("a reference reads back as it was written; what a newer writer adds is passed over", () => {
  const written = reference();
  const bytes = new TextEncoder().encode(encodeReference(written));
  expect(decodeReference(bytes)).toEqual(written);
  const newer = { ...JSON.parse(encodeReference(written)), shortSale: "Y" };
  expect(decodeReference(new TextEncoder().encode(JSON.stringify(newer)))).toEqual(written);
});

Deno.test("a reference of the master file alone has the rest not known", () => {
  const bytes = new TextEncoder().encode(JSON.stringify({
    symbol: "000660",
    date: "20261130",
    name: "SK하이닉스",
    market: "KOSPI",
    kind: "stock",
  }));
  expect(decodeReference(bytes)).toMatchObject({ nxt: null, upperLimit: null, candles: [], warning: "none" });
});

Deno.test("what is no reference is refused with its fields", () => {
  const bytes = new TextEncoder().encode('{"symbol":"5930","date":"20261331","name":"","kind":"stock"}');
  const refused = () => decodeReference(bytes);
  for (const field of ["symbol", "date", "name", "market"]) expect(refused).toThrow(field);
  expect(() => decodeReference(new Uint8Array([0xff]))).toThrow("JSON in UTF-8");
});

Deno.test("a candle that is wrong is refused with its place", () => {
  const good = ["20261127", 1, 2, 3, 4, 5];
  const wrong: Readonly<Record<string, unknown>> = {
    "candles.1": [good, good.slice(0, 5)],
    "candles.2": [good, good, [...good, 6]],
    "candles.0.0": [["20261331", 1, 2, 3, 4, 5]],
    "candles.1.2": [good, ["20261127", 1, 2.5, 3, 4, 5]],
    "candles.0.4": [["20261127", 1, 2, 3, -4, 5]],
    "candles.0.3": [["20261127", 1, 2, 1e16, 4, 5]],
    "candles.0.5": [["20261127", 1, 2, 3, 4, null]],
    "candles": Array(2_000).fill(good),
  };
  for (const [field, list] of Object.entries(wrong)) {
    const written = { ...JSON.parse(encodeReference(reference())), candles: list };
    const refused = () => decodeReference(new TextEncoder().encode(JSON.stringify(written)));
    expect(refused).toThrow(`${field}: `);
  }
});

Deno.test("highs and lows of a span are those of the days before, and cannot be said with too few of them", () => {
  const known = reference();
  expect([highOf(known, "20d"), lowOf(known, "20d")]).toEqual([160, 91]);
  expect([highOf(known, "60d"), lowOf(known, "60d")]).toEqual([160, 51]);
  expect(candlesOf(reference({ candles: candles(19) }), "20d")).toBeUndefined();
  expect(highOf(reference({ candles: [] }), "20d")).toBeUndefined();
});

Deno.test("52 weeks without a year of candles are KIS's own, unless the price is of the day itself", () => {
  expect([highOf(reference(), "52w"), lowOf(reference(), "52w")]).toEqual([88_800, undefined]);
  expect(highOf(reference({ high52w: null }), "52w")).toBeUndefined();
});

Deno.test("52 weeks of a new listing are the days since it; of an old one those of a year", () => {
  const listedOn = candles(60)[0]?.date as string;
  expect(highOf(reference({ listedOn }), "52w")).toBe(160);
  const year = reference({ candles: candles(400).slice(-370) });
  expect(lowOf(year, "52w")).toBe(51 + 400 - 362);
});

Deno.test("funds and notes are markets of their own", () => {
  expect(isOfMarket({ market: "KOSPI", kind: "etf" }, "ETF")).toBe(true);
  expect(isOfMarket({ market: "KOSPI", kind: "etf" }, "KOSPI")).toBe(false);
  expect(isOfMarket({ market: "KOSDAQ", kind: "stock" }, "KOSDAQ")).toBe(true);
  expect(isOfMarket({ market: "KOSDAQ", kind: "stock" }, "ETN")).toBe(false);
  expect(isOfMarket({ market: "KOSDAQ", kind: "warrant" }, "*")).toBe(true);
});
