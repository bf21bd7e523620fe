import { expect } from "expect";
import { tradeOf } from "../../tests/support/trades.ts";
import type { MinuteCandle } from "./minute_candle.ts";
import { decodeCandle, encodeCandle } from "./minute_candle_codec.ts";

const CANDLE: MinuteCandle = {
  symbol: "005930",
  start: 1_764_115_200_000,
  open: 100,
  high: 103,
  low: 99,
  close: 101,
  volume: 2 ** 50,
  value: 10_100,
  trades: 2,
  last: [{ trade: tradeOf({ marketSession: "regular", strength: 101.5 }), high: 103, low: 0 }],
};

Deno.test("a candle is read as it was written", () => {
  expect(decodeCandle(new TextEncoder().encode(encodeCandle(CANDLE)))).toEqual(CANDLE);
});

Deno.test("what is no candle is refused, saying which field", () => {
  const bytes = (over: object) => new TextEncoder().encode(JSON.stringify({ ...CANDLE, ...over }));
  for (
    const [over, field] of [
      [{ symbol: "5930" }, "symbol"],
      [{ volume: -1 }, "volume"],
      [{ close: "101" }, "close"],
      [{ start: 9e15 }, "start"],
      [{ last: [{ values: [], high: 1, low: 1 }] }, "last"],
      [{ last: null }, "last"],
    ] as const
  ) expect(() => decodeCandle(bytes(over))).toThrow(field);
  expect(() => decodeCandle(new Uint8Array([0xff]))).toThrow("must be a JSON object");
});
