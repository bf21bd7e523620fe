import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { referenceOn } from "./reference_merge.ts";

const candle = (date: string, close = 100) => ({ date, open: 100, high: 110, low: 90, close, volume: 1 });
const datesOn = (date: string, known: readonly string[], stored: readonly string[]) =>
  referenceOn(
    referenceOf("005930", { date: "20261201", candles: known.map((each) => candle(each)) }),
    date,
    stored.map((each) => candle(each)),
  ).candles.map((each) => each.date);

Deno.test("stored days go on from those that the reference has, and only as far as no trading day is missing", () => {
  // Monday to Thursday, and the Friday before them.
  expect(datesOn("20261126", ["20261120"], ["20261120", "20261123", "20261124", "20261125", "20261126"]))
    .toEqual(
      ["20261120", "20261123", "20261124", "20261125"],
    );
  expect(datesOn("20261126", ["20261119"], ["20261124", "20261125"])).toEqual(["20261124", "20261125"]);
  expect(datesOn("20261126", ["20261120"], ["20261123"])).toEqual([]);
  // Without any of our own the reference's are taken as they are.
  expect(datesOn("20261126", ["20261120"], [])).toEqual(["20261120"]);
});

Deno.test("what the reference has of its own day stays as it is", () => {
  expect(datesOn("20261201", ["20261127"], ["20261130"])).toEqual(["20261127"]);
  expect(datesOn("20261201", [], ["20261127", "20261130"])).toEqual(["20261127", "20261130"]);
});
