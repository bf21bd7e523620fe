import { expect } from "expect";
import { trade } from "../fixture.ts";
import { CandleSeries } from "./candle_series.ts";
import type { ChartCandle } from "./candles.ts";

const MINUTE = Date.UTC(2026, 10, 23, 0, 47);

function at(ms: number, price: number, volume = 1) {
  return trade({ eventTime: MINUTE + ms, price, volume });
}

function bar(start: number, close: number, volume = 10): ChartCandle {
  return { start, open: close - 1, high: close + 2, low: close - 2, close, volume };
}

const volumes = (series: CandleSeries) => series.candles.map(({ volume }) => volume);

Deno.test("candles grow with trades: each is counted once, and a minute that begins is one more candle", () => {
  const series = new CandleSeries("1m", []);
  expect(series.add([at(0, 100), at(1_000, 101), at(60_000, 102), at(60_000, 102)]).length).toBe(2);
  // Heard again, as what was fetched and what came by the stream overlap.
  expect(series.add([at(1_000, 101), at(60_000, 102)])).toEqual([]);
  expect(series.candles.map(({ open, close, volume }) => [open, close, volume]))
    .toEqual([[100, 101, 2], [102, 102, 1]]);
});

Deno.test("a trade of the same millisecond on another venue is another trade", () => {
  const series = new CandleSeries("1m", []);
  series.add([at(5, 100), { ...at(5, 100), venue: "NXT" }]);
  expect(volumes(series)).toEqual([2]);
});

Deno.test("five minutes are what was whole of them and the minute that forms", () => {
  const start = MINUTE - 2 * 60_000;
  const series = new CandleSeries("5m", [bar(start, 70)]);
  series.add([at(0, 75), at(1_000, 60), at(60_000, 71)]);
  expect(series.candles).toEqual([{ start, open: 69, high: 75, low: 60, close: 71, volume: 13 }]);
  series.add([at(180_000, 80)]);
  expect(volumes(series)).toEqual([13, 1]);
});

Deno.test("a week is its days and today, which each trade says all of", () => {
  const monday = Date.UTC(2026, 10, 22, 15);
  const series = new CandleSeries("1w", [bar(monday, 71_000, 500)]);
  const day = { open: 71_000, high: 72_300, low: 70_600 };
  const tuesday = 86_400_000;
  for (const accVolume of [100, 140]) {
    series.add([{ ...at(tuesday + accVolume, 71_500), ...day, accVolume }]);
  }
  expect(series.candles).toEqual([
    { start: monday, open: 70_999, high: 72_300, low: 70_600, close: 71_500, volume: 640 },
  ]);
});

Deno.test("what was in the bars already is passed over; what is over is put right, and the minute that forms stays", () => {
  const series = new CandleSeries("1m", [bar(MINUTE, 100, 4)]);
  series.skip([at(0, 100), at(1_000, 101)]);
  series.add([at(1_000, 101), at(2_000, 103), at(60_000, 102, 7)]);
  expect(volumes(series)).toEqual([5, 7]);
  series.correct([bar(MINUTE, 100, 40)]);
  expect(volumes(series)).toEqual([40, 7]);
});

Deno.test("a filled gap says that what is over has to be fetched again; a trade that is late does not", () => {
  const series = new CandleSeries("1m", [bar(MINUTE - 60_000, 100)]);
  series.add([at(0, 100)]);
  series.add([at(-30_000, 90)]);
  expect(series.behind).toBe(false);
  series.add([{ ...at(-30_000, 90), origin: "filled" }]);
  expect(series.behind).toBe(true);
  expect(volumes(series)).toEqual([10, 1]);
});
