import { expect } from "expect";
import fc from "fast-check";
import { TextBytes } from "./text_bytes.ts";

const decoder = new TextDecoder();

function written(write: (text: TextBytes) => void): { readonly text: string; readonly isPlain: boolean } {
  const bytes = new Uint8Array(256).fill(0x7a);
  const text = new TextBytes();
  text.begin(bytes, 3);
  write(text);
  expect(decoder.decode(bytes.subarray(0, 3)) + decoder.decode(bytes.subarray(text.at, text.at + 1))).toBe(
    "zzzz",
  );
  return { text: decoder.decode(bytes.subarray(3, text.at)), isPlain: text.isPlain };
}

Deno.test("numbers are written as JSON has them", () => {
  const numbers = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
  );
  fc.assert(fc.property(numbers, (value) => {
    expect(written((text) => text.number(value)).text).toBe(JSON.stringify(value));
  }));
  for (const value of [0, -0, 9, 10, 99_999_999, 100_000_000, -100_000_001, 2 ** 53 - 1, 1.5, 1e21]) {
    expect(written((text) => text.number(value)).text).toBe(JSON.stringify(value));
  }
});

Deno.test("hundredths are written as the shortest decimal", () => {
  fc.assert(fc.property(fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }), (units) => {
    expect(written((text) => text.hundredths(units)).text).toBe(String(units / 100));
  }));
  for (const units of [0, 5, -5, 10, 100, -110, 3_000, 2_000_000_000]) {
    expect(written((text) => text.hundredths(units)).text).toBe(String(units / 100));
  }
});

Deno.test("a text that JSON would not write as it is says so; pieces are as they are, short and long", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (given) => {
    const { text, isPlain } = written((into) => into.ascii(given));
    const asIs = JSON.stringify(given) === `"${given}"` && /^[\x20-\x7e]*$/.test(given);
    expect(isPlain).toBe(asIs);
    if (asIs) expect(text).toBe(given);
  }));
  for (const length of [0, 1, 24, 25, 100]) {
    const piece = new Uint8Array(length).fill(0x61);
    expect(written((text) => text.raw(piece)).text).toBe("a".repeat(length));
  }
});
