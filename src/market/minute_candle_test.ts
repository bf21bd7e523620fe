import { expect } from "expect";
import { tradeOf } from "../../tests/support/trades.ts";
import { measuredPart, type MinuteCandle } from "./minute_candle.ts";
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
  last: [{ trade: measuredPart(tradeOf({ marketSession: "regular", strength: 101.5 })), high: 103, low: 0 }],
};

Deno.test("a candle is read as it was written, with the fields that measures need of its last trades", () => {
  expect(decodeCandle(new TextEncoder().encode(encodeCandle(CANDLE)))).toEqual(CANDLE);
  const part = measuredPart(tradeOf({ strength: 1, weightedAverage: 2, side: "1" }));
  expect(part).toMatchObject({ strength: 1 });
  expect(Object.keys(part)).not.toContain("weightedAverage");
});

Deno.test("what is no candle is refused, saying which field", () => {
  const bytes = (over: object) => new TextEncoder().encode(JSON.stringify({ ...CANDLE, ...over }));
  for (
    const [over, field] of [
      [{ symbol: "5930" }, "symbol"],
      [{ volume: -1 }, "volume"],
      [{ close: "101" }, "close"],
      [{ start: 9e15 }, "start"],
      [{ last: [{ trade: {}, high: 1, low: 1 }] }, "last"],
      [{ last: null }, "last"],
    ] as const
  ) expect(() => decodeCandle(bytes(over))).toThrow(field);
  expect(() => decodeCandle(new Uint8Array([0xff]))).toThrow("must be a JSON object");
});
