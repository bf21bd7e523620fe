import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { decodeQuote } from "./decode_quote.ts";

const QUOTE = {
  symbol: "005930",
  eventTime: 1764115200000,
  asks: [[53300, 10], [53400, 0]],
  bids: [[53200, 20]],
  totalAskSize: 145,
  totalBidSize: 245,
};

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}

function issuesOf(value: Uint8Array): string[] {
  try {
    decodeQuote(value);
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.issues.map(({ code, field }) => `${code} ${field}`);
    throw thrown;
  }
  return [];
}

Deno.test("a quote is read, with its further texts and numbers and nothing else", () => {
  const read = decodeQuote(
    bytes({ ...QUOTE, session: "A", expectedPrice: 53250, deep: { no: 1 }, none: null }),
  );
  expect(read).toEqual({ ...QUOTE, session: "A", expectedPrice: 53250 });
});

Deno.test("what is no quote is refused, every fault at once", () => {
  expect(issuesOf(new Uint8Array([0x22, 0xff, 0x22]))).toEqual(["not_utf8 "]);
  expect(issuesOf(bytes("{"))).toEqual(["not_json "]);
  expect(issuesOf(bytes([QUOTE]))).toEqual(["not_an_object "]);
  expect(issuesOf(bytes({ ...QUOTE, symbol: 5930, eventTime: 4_102_444_800_000 }))).toEqual([
    "bad_field symbol",
    "bad_field eventTime",
  ]);
  expect(issuesOf(bytes({}))).toHaveLength(6);
});

Deno.test("levels are at most ten pairs of non-negative integers", () => {
  const level = [1, 1];
  for (
    const asks of [Array(11).fill(level), [[1]], [[1, 2, 3]], [[-1, 1]], [[1.5, 1]], [["1", 1]], "none", null]
  ) {
    expect(issuesOf(bytes({ ...QUOTE, asks }))).toEqual(["bad_field asks"]);
  }
  expect(issuesOf(bytes({ ...QUOTE, asks: [], bids: Array(10).fill(level) }))).toEqual([]);
});
