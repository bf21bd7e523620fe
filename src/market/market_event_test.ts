import { expect } from "expect";
import { decodeMarketEvent, encodeMarketEvent, isMarketEvent, type StatusEvent } from "./market_event.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const STATUS: StatusEvent = {
  symbol: "005930",
  eventTime: 1_764_115_200_123,
  kind: "status",
  halted: "N",
  vi: "Y",
  statusCode: "55",
};

Deno.test("an event's kind comes first, and it is read as it was written", () => {
  const text = encodeMarketEvent(STATUS);
  expect(text.startsWith('{"kind":"status","symbol":"005930"')).toBe(true);
  expect(isMarketEvent(bytes(text))).toBe(true);
  expect(decodeMarketEvent(bytes(text))).toEqual(STATUS);
  const mark = { kind: "time", eventTime: 1_764_115_200_000 } as const;
  expect(decodeMarketEvent(bytes(encodeMarketEvent(mark)))).toEqual(mark);
});

Deno.test("a trade is none, nor is a text that is too short", () => {
  for (const text of ['{"symbol":"005930","kind":"x"}', "", '{"kin', "[]"]) {
    expect([text, isMarketEvent(bytes(text))]).toEqual([text, false]);
  }
});

Deno.test("a kind that is not known is passed over; a broken one of a known kind is refused", () => {
  expect(decodeMarketEvent(bytes('{"kind":"auction","eventTime":"x"}'))).toBeUndefined();
  for (
    const text of [
      '{"kind":"time"}',
      '{"kind":"status","symbol":"5930","eventTime":1,"halted":"N","vi":"N"}',
      '{"kind":"status","symbol":"005930","eventTime":1,"halted":"x","vi":"N"}',
      '{"kind":"status"',
    ]
  ) expect(() => decodeMarketEvent(bytes(text))).toThrow(/Cannot read a market event/);
});
