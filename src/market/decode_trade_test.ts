import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { decodeTrade, MAX_EVENT_TIME } from "./decode_trade.ts";
import { encodeTrade } from "./encode_trade.ts";
import type { Trade } from "./trade.ts";

const TRADE = tradeOf({ eventTime: 1_764_115_200_123 });

function decode(text: string): Trade {
  return decodeTrade(new TextEncoder().encode(text));
}

/** The canonical text with a key's value, as it is written, replaced. */
function withText(key: string, text: string): string {
  return encodeTrade(TRADE).replace(new RegExp(`"${key}":("[^"]*"|[^,}]*)`), `"${key}":${text}`);
}

function issues(text: string): [string, string][] {
  try {
    decode(text);
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.issues.map(({ field, code }) => [field, code]);
    throw thrown;
  }
  return [];
}

Deno.test("the canonical text is the one the schema shows", () => {
  const text = encodeTrade({ ...TRADE, session: "A", strength: 136.06, note: 'a "b"' });
  expect(text).toBe(
    '{"symbol":"005930","eventTime":1764115200123,"price":53200,"sign":"5","change":-300,"rate":-0.56,' +
      '"open":53500,"high":53600,"low":53100,"volume":12,"accVolume":1234567,"accValue":65678900000,"ask":53300,' +
      '"bid":53200,"halted":"N","session":"A","strength":136.06,"note":"a \\"b\\""}',
  );
  expect(decode(text)).toEqual({ ...TRADE, session: "A", strength: 136.06, note: 'a "b"' });
});

Deno.test("keys may come in any order, with blanks and unknown ones between", () => {
  const keys = Object.entries({ nested: { price: [1] }, ...TRADE }).reverse();
  expect(decode(` ${JSON.stringify(Object.fromEntries(keys), null, 2)}\n`)).toEqual(TRADE);
});

Deno.test("of a key that stands twice the last counts, its form too", () => {
  expect(decode(encodeTrade(TRADE).replace("}", ',"price":7}')).price).toBe(7);
  expect(issues(encodeTrade(TRADE).replace("}", ',"price":53200.0}'))).toEqual([["price", "bad_field"]]);
  expect(decode(withText("price", '"x","price":7')).price).toBe(7);
});

Deno.test("a number must be written plainly", () => {
  for (const form of ["53200.0", "5.32e4", "532E2", "-53200", "-0", '"53200"', "2000000001", "null"]) {
    expect(issues(withText("price", form))).toEqual([["price", "bad_field"]]);
  }
  for (const form of ["-0.561", "5e-1", "20000000.01", "1e0"]) {
    expect(issues(withText("rate", form))).toEqual([["rate", "bad_field"]]);
  }
  expect(decode(withText("rate", "-0.50")).rate).toBe(-0.5);
  expect(Object.is(decode(withText("change", "-0")).change, 0)).toBe(true);
});

Deno.test("times end before the year 2100, counts at what a double has", () => {
  expect(decode(withText("eventTime", String(MAX_EVENT_TIME - 1))).eventTime).toBe(MAX_EVENT_TIME - 1);
  expect(issues(withText("eventTime", String(MAX_EVENT_TIME)))).toEqual([["eventTime", "bad_field"]]);
  expect(decode(withText("volume", "9007199254740991")).volume).toBe(Number.MAX_SAFE_INTEGER);
  expect(issues(withText("volume", "9007199254740992"))).toEqual([["volume", "bad_field"]]);
});

Deno.test("every fault is named, with its value", () => {
  expect(issues('{"symbol":5930}').slice(0, 2)).toEqual([["symbol", "bad_field"], [
    "eventTime",
    "missing_field",
  ]]);
  expect(() => decode(withText("sign", '"6"'))).toThrow(
    'Cannot read a trade: sign: must be "1" to "5", got "6"',
  );
  expect(issues(encodeTrade(TRADE).replace("}", ',"session":0}'))).toEqual([["session", "bad_field"]]);
});

Deno.test("what is no JSON object in UTF-8, or nests too deep, is refused", () => {
  expect(issues("[]")).toEqual([["", "not_an_object"]]);
  expect(issues("\ufeff{}")).toEqual([["", "not_json"]]);
  expect(issues(encodeTrade(TRADE).slice(0, -1))).toEqual([["", "not_json"]]);
  const nested = (depth: number) => withText("bid", `53200,"x":${"[".repeat(depth)}${"]".repeat(depth)}`);
  expect(issues(nested(63))).toEqual([]);
  expect(issues(nested(64))).toEqual([["", "too_deep"]]);
  expect(() => decodeTrade(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow("must be UTF-8");
});

Deno.test("an optional key of the wrong type is left out", () => {
  const text = encodeTrade({ ...TRADE, venue: "NXT" }).replace("}", ',"strength":"high","__proto__":1}');
  expect(decode(text)).toEqual({ ...TRADE, venue: "NXT" });
});
