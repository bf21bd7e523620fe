import { expect } from "expect";
import { MarketCalendar } from "./calendar.ts";
import { SymbolDirectory } from "./directory.ts";
import { searchDirectory } from "./search_directory.ts";
import { type LimitsOf, priceLimits } from "./limits.ts";
import { referenceOf } from "../../tests/support/references.ts";
import { LISTING } from "./listing.ts";
import { dayOfDate } from "./seoul_time.ts";
import { isSymbol } from "./symbol.ts";
import { priceAbove, priceBelow, tickSize } from "./tick_size.ts";

const DAY = dayOfDate("20261123") as number;

function seoul(text: string): number {
  return Date.parse(`${text}+09:00`);
}

Deno.test("the tick size follows the table of 2023", () => {
  const steps = [
    [1999, 1],
    [2000, 5],
    [4995, 5],
    [5000, 10],
    [19_990, 10],
    [20_000, 50],
    [50_000, 100],
    [
      199_900,
      100,
    ],
    [200_000, 500],
    [500_000, 1000],
  ];
  for (const [price, tick] of steps as [number, number][]) {
    expect([price, tickSize({ type: "stock", price, day: DAY })]).toEqual([price, tick]);
  }
  expect(tickSize({ type: "etf", price: 141_320, day: DAY })).toBe(5);
  expect(["etf", "etn", "elw"].map((type) => tickSize({ type: type as "etf", price: 1_348, day: DAY })))
    .toEqual(
      [1, 1, 1],
    );
  expect(tickSize({ type: "etf", price: 1_345, day: dayOfDate("20231201") as number })).toBe(5);
  expect(tickSize({ type: "stock", price: 15_000, day: dayOfDate("20230124") as number })).toBe(50);
});

Deno.test("the grid above and below crosses from one step to the next", () => {
  expect(priceAbove({ type: "stock", price: 19_990, day: DAY })).toBe(20_000);
  expect(priceAbove({ type: "stock", price: 20_000, day: DAY })).toBe(20_050);
  expect(priceBelow({ type: "stock", price: 20_000, day: DAY })).toBe(19_990);
  expect(priceBelow({ type: "stock", price: 20_050, day: DAY })).toBe(20_000);
  expect(priceBelow({ type: "stock", price: 1, day: DAY })).toBe(0);
});

Deno.test("the limits are 30 % of the base price, cut to the grid", () => {
  const limits = (basePrice: number, day = DAY) => priceLimits({ kind: "stock", basePrice, day });
  expect(limits(71_900)).toEqual({ lower: 50_400, upper: 93_400 });
  expect(limits(9_990)).toEqual({ lower: 7_000, upper: 12_980 });
  expect(limits(1_800)).toEqual({ lower: 1_260, upper: 2_340 });
  expect(limits(71_900, dayOfDate("20150612") as number)?.upper).toBe(82_600);
});

Deno.test("leveraged funds move twice as far, a new listing from 60 to 400 %, and some without limits", () => {
  const of = (over: Partial<LimitsOf>) =>
    priceLimits({ kind: "stock", basePrice: 10_000, day: DAY, ...over });
  expect(of({ kind: "etf", name: "KODEX 레버리지" })).toEqual({ lower: 4_000, upper: 16_000 });
  expect(of({ kind: "etf", name: "KODEX 200선물인버스2X" })).toEqual({ lower: 4_000, upper: 16_000 });
  expect(of({ kind: "etf", name: "KODEX 인버스" })).toEqual({ lower: 7_000, upper: 13_000 });
  expect(of({ kind: "etn", name: "어느 2X WTI 원유 ETN" })?.upper).toBe(16_000);
  expect(of({ name: "레버리지 주식회사" })?.upper).toBe(13_000);
  expect(of({ listedOn: "20261123" })).toEqual({ lower: 6_000, upper: 40_000 });
  expect(of({ listedOn: "20261120" })?.upper).toBe(13_000);
  expect(of({ liquidation: true })).toBeUndefined();
  expect(of({ kind: "elw" })).toBeUndefined();
  expect(of({ kind: "warrant" })).toBeUndefined();
});

Deno.test("the listing has 200 symbols and more, each once, on the tick grid", () => {
  expect(LISTING.length).toBeGreaterThanOrEqual(100);
  expect(new Set(LISTING.map((listed) => listed.symbol)).size).toBe(LISTING.length);
  expect(new Set(LISTING.map((listed) => listed.name)).size).toBe(LISTING.length);
  for (const { symbol, type, basePrice } of LISTING) {
    expect(isSymbol(symbol)).toBe(true);
    expect([symbol, basePrice % tickSize({ type, price: basePrice, day: DAY })]).toEqual([symbol, 0]);
    expect([symbol, symbol.startsWith("Q")]).toEqual([symbol, type === "etn"]);
  }
  expect(LISTING.filter((listed) => listed.market === "KOSDAQ").length).toBeGreaterThan(15);
  expect(LISTING.filter((listed) => listed.type === "etf").length).toBeGreaterThan(5);
});

Deno.test("symbols are found by code, Korean and English name", () => {
  const directory = new SymbolDirectory(LISTING);
  expect(directory.get("005930")?.name).toBe("삼성전자");
  expect(searchDirectory(directory, "삼성전자", 5).map((found) => found.symbol)).toEqual([
    "005930",
    "005935",
  ]);
  expect(searchDirectory(directory, "sk hy", 5)[0]?.symbol).toBe("000660");
  expect(searchDirectory(directory, "하이닉스", 5)[0]?.symbol).toBe("000660");
  expect(searchDirectory(directory, "0059", 1).length).toBe(1);
  expect(searchDirectory(directory, "nothing of the kind", 5)).toEqual([]);
});

Deno.test("a directory learns the day's references, keeps English names it has, and forgets what is delisted", () => {
  const directory = new SymbolDirectory(LISTING);
  directory.learn(referenceOf("005930", { name: "삼성전자(주)", basePrice: 224_500 }));
  directory.learn(referenceOf("088980", { name: "맥쿼리인프라", kind: "fund", basePrice: null }));
  expect(directory.get("005930")).toMatchObject({ nameEn: "Samsung Electronics", basePrice: 224_500 });
  expect(directory.get("088980")).toMatchObject({ type: "fund", nameEn: "맥쿼리인프라", basePrice: 0 });
  expect(searchDirectory(directory, "맥쿼리", 5)[0]?.symbol).toBe("088980");
  expect(directory.reference("005930")?.basePrice).toBe(224_500);
  expect(directory.reference("000660")).toBeUndefined();
  directory.forget("088980");
  expect(directory.get("088980")).toBeUndefined();
});

Deno.test("the phases of KRX and NXT on an ordinary day", () => {
  const calendar = new MarketCalendar();
  const phase = (venue: "KRX" | "NXT", at: string) => calendar.phaseAt(venue, seoul(at)).phase;
  expect(phase("KRX", "2026-11-23T08:29:59")).toBe("closed");
  expect(phase("KRX", "2026-11-23T08:30:00")).toBe("opening_auction");
  expect(phase("KRX", "2026-11-23T09:00:00")).toBe("continuous");
  expect(phase("KRX", "2026-11-23T15:20:00")).toBe("closing_auction");
  expect(phase("KRX", "2026-11-23T15:30:00")).toBe("closed");
  expect(phase("KRX", "2026-11-23T19:00:00")).toBe("after_market");
  expect(phase("KRX", "2026-09-11T19:00:00")).toBe("closed");
  expect(phase("KRX", "2026-09-11T17:00:00")).toBe("after_hours_auction");
  expect(phase("NXT", "2026-11-23T08:00:00")).toBe("pre_market");
  expect(phase("NXT", "2026-11-23T09:00:29")).toBe("closed");
  expect(phase("NXT", "2026-11-23T09:00:30")).toBe("continuous");
  expect(phase("NXT", "2025-02-28T10:00:00")).toBe("closed");
});

Deno.test("weekends and holidays are closed until the next opening", () => {
  const calendar = new MarketCalendar();
  expect(calendar.phaseAt("KRX", seoul("2026-11-21T10:00:00"))).toEqual({
    phase: "closed",
    until: seoul("2026-11-23T08:30:00"),
  });
  expect(calendar.phaseAt("KRX", seoul("2026-02-16T10:00:00")).until).toBe(seoul("2026-02-19T08:30:00"));
  expect(calendar.phaseAt("KRX", seoul("2026-12-31T10:00:00")).until).toBe(seoul("2027-01-04T09:30:00"));
  expect(new MarketCalendar(["-20270719"]).phaseAt("KRX", seoul("2027-07-19T10:00:00")).phase).toBe(
    "continuous",
  );
  expect(new MarketCalendar(["20261123"]).phaseAt("KRX", seoul("2026-11-23T10:00:00")).phase).toBe("closed");
  expect(calendar.previousTradingDay(dayOfDate("20260219") as number)).toBe(dayOfDate("20260213"));
});

Deno.test("the market opens an hour late on the first day of the year and the day of the entrance test", () => {
  const calendar = new MarketCalendar();
  const phase = (at: string, venue: "KRX" | "NXT" = "KRX") => calendar.phaseAt(venue, seoul(at)).phase;
  expect(phase("2026-01-02T09:30:00")).toBe("opening_auction");
  expect(phase("2026-01-02T15:31:00")).toBe("closed");
  expect(phase("2026-11-19T09:59:00")).toBe("opening_auction");
  expect(phase("2026-11-19T16:15:00")).toBe("continuous");
  expect(phase("2026-11-19T16:29:00")).toBe("closing_auction");
  // What follows the close begins later and ends at its usual time.
  expect(phase("2026-11-19T16:59:00")).toBe("after_close");
  expect(phase("2026-11-19T17:00:00")).toBe("after_market");
  expect(phase("2026-11-19T20:00:00")).toBe("closed");
  expect(phase("2025-11-13T17:30:00")).toBe("after_hours_auction");
  expect(phase("2025-11-13T18:00:00")).toBe("closed");
});

Deno.test("NXT has no pre-market on days that open late, and ends at eight", () => {
  const calendar = new MarketCalendar();
  const phase = (at: string) => calendar.phaseAt("NXT", seoul(at)).phase;
  for (const day of ["2026-01-02", "2026-11-19"]) {
    expect(phase(`${day}T08:30:00`)).toBe("closed");
    expect(phase(`${day}T10:00:29`)).toBe("closed");
    expect(phase(`${day}T10:00:30`)).toBe("continuous");
    expect(phase(`${day}T19:59:59`)).toBe("after_market");
    expect(phase(`${day}T20:00:00`)).toBe("closed");
  }
});

Deno.test("Labour Day's substitute of 2027 is a holiday", () => {
  expect(new MarketCalendar().isTradingDay(dayOfDate("20270503") as number)).toBe(false);
});

Deno.test("the feed is wanted from a little before the first session to the end of the last", () => {
  const calendar = new MarketCalendar();
  const at = (text: string) => calendar.feedTime(["KRX", "NXT"], seoul(text), 300_000);
  expect(at("2026-11-23T07:54:59")).toEqual({ open: false, until: seoul("2026-11-23T07:55:00") });
  expect(at("2026-11-23T07:55:00")).toEqual({ open: true, until: seoul("2026-11-23T20:00:00") });
  expect(at("2026-11-23T20:00:00")).toEqual({ open: false, until: seoul("2026-11-24T07:55:00") });
});
